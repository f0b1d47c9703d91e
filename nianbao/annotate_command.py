"""`nianbao annotate`: reports to annotators and their corrections back."""

from __future__ import annotations

import typer

from nianbao.annotate_init import init
from nianbao.annotate_pull import pull
from nianbao.annotate_push import push
from nianbao.annotate_serve import serve
from nianbao.annotate_suggest import suggest

app = typer.Typer(no_args_is_help=True, help="Label Studio: predictions out, corrections in. 标注平台：送出预标注，取回修正")
app.command()(init)
app.command()(push)
app.command()(pull)
app.command()(serve)
app.command()(suggest)
