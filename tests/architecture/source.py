"""Reading C++ well enough for a lint: comments and literals away, includes, lengths of functions."""

import re
from pathlib import Path

_NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL,
)
_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
# Before the brace of a function's body: a parameter list, then qualifiers, a return type or initialisers.
_FUNCTION_HEAD = re.compile(r"\)[^;{}]*$", re.DOTALL)
_NOT_A_FUNCTION = re.compile(r"^\s*(?:namespace|class|struct|union|enum|extern)\b|=\s*$")


def includes(text: str) -> list[tuple[int, bool, str]]:
    """(line, whether in angle brackets, name) of each #include."""
    return [(text.count("\n", 0, m.start(1)) + 1, m[1] == "<", m[2]) for m in _INCLUDE.finditer(text)]


def code_only(text: str) -> str:
    """The text with comments and literals blanked, lines kept."""
    return _NOISE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def function_lengths(text: str) -> list[tuple[int, int]]:
    """(first line, lines) of each outermost function body, from its head to its closing brace."""
    code = re.sub(r"^[ \t]*#.*?(?<!\\)$", lambda m: " " * len(m[0]), code_only(text), flags=re.MULTILINE)
    found, open_braces, function_depth, start, head_start = [], [], None, 0, 0
    for position, character in enumerate(code):
        if character == "{":
            head = code[head_start:position]
            if function_depth is None and _FUNCTION_HEAD.search(head) and not _NOT_A_FUNCTION.search(head):
                function_depth = len(open_braces)
                start = code.count("\n", 0, head_start + len(head) - len(head.lstrip())) + 1
            open_braces.append(position)
        elif character == "}" and open_braces:
            open_braces.pop()
            if function_depth == len(open_braces):
                found.append((start, code.count("\n", 0, position) + 2 - start))
                function_depth = None
        if character in "{};":
            head_start = position + 1
    return found


def percentile_95(values: list[int]) -> int:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))] if values else 0


def cpp_files(*folders: Path) -> list[Path]:
    return sorted(p for folder in folders for p in folder.rglob("*") if p.suffix in {".cpp", ".h"})
