"""Suggestions of a language model behind the OpenAI chat interface, located in the text or dropped."""
