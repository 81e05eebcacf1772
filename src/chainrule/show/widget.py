"""Numbers that the package computed, handed to a small script in the page: `widget_data(name, data)`."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["WidgetData", "widget_data"]

NAME = re.compile(r"[a-z][a-z0-9-]*")


class WidgetData:
    """Data for the widget called `name`: a JSON script element on a page, one line as text."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def _repr_html_(self) -> str:
        # "</" would end the script element wherever it stands in a string.
        body = self.text.replace("</", "<\\/")
        return f'<script type="application/json" data-for="{self.name}">{body}</script>'

    def __repr__(self) -> str:
        return f"data for the widget '{self.name}': {len(self.text)} characters"


def widget_data(name: str, data: Any) -> WidgetData:
    """Hand numbers to the widget `name` of the same page.

    Parameters
    ----------
    name
        The widget's name, as in ``data-widget="name"``: lower-case letters, digits and hyphens.
    data
        Dicts, lists, strings, numbers, None; NumPy arrays and scalars become lists and numbers.

    Raises
    ------
    ValueError
        If the name has other characters, or a number is infinite or not a number (JSON has neither).
    TypeError
        If the data holds anything else.

    Examples
    --------
    >>> widget_data("learning-rate", {"start": 5.0, "rates": [0.01, 0.03]})
    data for the widget 'learning-rate': 33 characters
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"name: expected lower-case letters, digits and hyphens, got {name!r}")
    try:
        text = json.dumps(data, default=_plain, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    except ValueError as error:
        raise ValueError(f"data of the widget {name!r}: expected finite numbers without cycles ({error})") from error
    return WidgetData(name, text)


def _plain(value: Any) -> Any:
    """What JSON holds for an array or a NumPy scalar."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"data: expected dicts, lists, strings, numbers or arrays, got {type(value).__name__}")
