"""No-break spaces of French punctuation, put in one place so that sentences are typed plainly."""

import re

_THIN = re.compile(r" (?=[;!?])")
_WIDE = re.compile(r" (?=[:»€%])|(?<=«) ")


def typeset(text: str) -> str:
    """U+202F before ; ! ? and U+00A0 before : » € % and after «, where a plain space was typed.

    >>> typeset("Reste : « 3 » ?")
    'Reste\\xa0: «\\xa03\\xa0»\\u202f?'
    """
    return _WIDE.sub("\u00a0", _THIN.sub("\u202f", text))
