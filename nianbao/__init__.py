"""nianbao: Chinese government disclosure annual reports (政府信息公开工作年度报告) turned into checked data.

    >>> import nianbao
    >>> report = nianbao.extract("examples/qingshi-2023.html")
    >>> report.forms[0].value("licensing", "handled")
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

_PACKAGES = ("extraction", "models", "evaluation", "annotations", "training")


def _refuse_shadowed_packages() -> None:
    """The project's packages have plain names; another module of the same name must not be taken for one."""
    home = Path(__file__).resolve().parent.parent
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or origin.parent.parent != home:
            raise ImportError(
                f"nianbao needs its own package {name!r}, but {origin or 'nothing'} is found instead: "
                f"rename or remove the other module, or run from another folder"
            )


_refuse_shadowed_packages()

from extraction.document import Document  # noqa: E402
from extraction.errors import ErrorCode, ReadError  # noqa: E402
from extraction.forms.model import Form, FormCell  # noqa: E402
from extraction.pipeline import extract_file  # noqa: E402
from extraction.report import FailedReport, Report  # noqa: E402

__version__ = "0.1.0"
__all__ = ["Document", "ErrorCode", "FailedReport", "Form", "FormCell", "ReadError", "Report", "extract"]


def extract(path: str | Path) -> Report:
    """Extracts one report.

    Args:
        path: An HTML, DOCX, PDF, text or Markdown file.

    Raises:
        ReadError: When the file cannot be read as a report; `code` says why and the message what to do.
    """
    result = extract_file(Path(path))
    if isinstance(result, FailedReport):
        raise result.error
    return result
