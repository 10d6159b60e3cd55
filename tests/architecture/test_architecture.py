"""The house stands as HACKING.md says: layers, third-party libraries, a quiet core, budgets of length.

Run by itself (python3 test_architecture.py), by ctest and by pytest: only the standard library is used.
"""

import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = (ROOT / "src", ROOT / "cli", ROOT / "include", ROOT / "spark")
FRONT_DOORS = {"cli", "spark"}
sys.path.insert(0, str(Path(__file__).parent))

import layers  # noqa: E402
import source  # noqa: E402


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def part_of(path: Path) -> str:
    """The layer of a file in src/, "core" for src's own, else the top folder."""
    parts = path.relative_to(ROOT).parts
    if parts[0] != "src":
        return parts[0]
    return parts[1] if len(parts) > 2 else "core"


def each_include():
    for path in source.cpp_files(*CODE):
        for line, angled, name in source.includes(path.read_text()):
            yield path, part_of(path), f"{place(path)}:{line}", angled, name


def third_party_owner(name: str) -> set[str] | None:
    prefixes = [prefix for prefix in layers.THIRD_PARTY if name.startswith(prefix)]
    return layers.THIRD_PARTY[max(prefixes, key=len)] if prefixes else None


class Architecture(unittest.TestCase):
    def assert_none(self, problems):
        if problems := list(problems):
            self.fail("\n" + "\n".join(problems))

    def test_every_folder_of_src_is_a_known_layer(self):
        folders = {p.name for p in (ROOT / "src").iterdir() if p.is_dir()}
        self.assertEqual(folders, set(layers.LAYERS))

    def test_cmake_gives_a_layer_no_more_than_the_rules_do(self):
        for layer, allowed in layers.LAYERS.items():
            cmake = (ROOT / "src" / layer / "CMakeLists.txt").read_text()
            depends = re.search(r"\bDEPENDS\b([^)]*?)(?:\bLIBRARIES\b|\bSOURCES\b|\))", cmake)
            named = set(depends[1].split()) if depends else set()
            with self.subTest(layer=layer):
                self.assertLessEqual(named, allowed)

    def test_layers_include_only_themselves_and_those_below(self):
        self.assert_none(
            f"{where}: {part} may not include {name}"
            for path, part, where, angled, name in each_include()
            if not angled and (first := name.split("/")[0]) in layers.LAYERS
            and first not in layers.LAYERS.get(part, set()) | {part}
        )

    def test_own_includes_name_a_layer_or_the_public_api(self):
        own = {*layers.LAYERS, "coulis"}
        self.assert_none(
            f'{where}: write "layer/x.h", not "{name}"'
            for path, part, where, angled, name in each_include()
            if not angled and part not in FRONT_DOORS and ("/" not in name or ".." in name or name.split("/")[0] not in own)
        )

    def test_layers_include_only_public_headers_of_their_concern(self):
        self.assert_none(
            f"{where}: {name} is not of {part}'s concern"
            for path, part, where, angled, name in each_include()
            if name.startswith("coulis/") and (allowed := layers.PUBLIC_HEADERS.get(part)) is not None
            and name[7:-2] not in allowed | layers.COMMON_HEADERS
        )

    def test_public_headers_include_only_the_standard_library_and_each_other(self):
        self.assert_none(
            f"{where}: {name} would be forced on everyone who uses the package"
            for path, part, where, angled, name in each_include()
            if part == "include" and (("." in name or "/" in name) if angled else not name.startswith("coulis/"))
        )

    def test_the_front_doors_see_only_the_public_api(self):
        own = {p.name for door in FRONT_DOORS for p in (ROOT / door).rglob("*.h")}
        self.assert_none(
            f"{where}: {name} is not in include/coulis"
            for path, part, where, angled, name in each_include()
            if part in FRONT_DOORS and not angled and not name.startswith("coulis/") and Path(name).name not in own
        )

    def test_third_party_libraries_stay_in_their_layer(self):
        self.assert_none(
            f"{where}: <{name}> belongs to {', '.join(sorted(owners))}"
            for path, part, where, angled, name in each_include()
            if (owners := third_party_owner(name)) is not None and part not in owners
        )

    def test_third_party_libraries_are_known(self):
        self.assert_none(
            f"{where}: <{name}> is in no list; see tests/architecture/layers.py"
            for path, part, where, angled, name in each_include()
            if angled and ("." in name or "/" in name)
            and third_party_owner(name) is None and not name.startswith(layers.SYSTEM)
        )

    def test_the_core_never_prints_or_ends_the_process(self):
        problems = []
        for path in source.cpp_files(ROOT / "src", ROOT / "include", ROOT / "spark"):
            code = source.code_only(path.read_text())
            for pattern, what in layers.FORBIDDEN_IN_CORE.items():
                problems += [
                    f"{place(path)}:{code.count(chr(10), 0, match.start()) + 1}: {match[0].strip()} {what}"
                    for match in re.finditer(pattern, code)
                ]
        self.assert_none(problems)

    def test_files_keep_to_their_budget(self):
        lengths = {p: p.read_text().count("\n") for p in source.cpp_files(*CODE)}
        usual, longest = layers.FILE_BUDGET
        self.assertLess(source.percentile_95(list(lengths.values())), usual)
        self.assert_none(f"{place(p)}: {n} lines" for p, n in lengths.items() if n > longest)

    def test_functions_keep_to_their_budget(self):
        found = [
            (length, f"{place(path)}:{line}")
            for path in source.cpp_files(*CODE)
            for line, length in source.function_lengths(path.read_text())
        ]
        usual, longest = layers.FUNCTION_BUDGET
        self.assertLess(source.percentile_95([length for length, _ in found]), usual)
        self.assert_none(f"{where}: a function of {length} lines" for length, where in found if length > longest)

    def test_cmake_keeps_to_its_budget(self):
        files = [ROOT / "CMakeLists.txt", *(ROOT / "cmake").iterdir()]
        files += [p for folder in ("src", "cli", "tests", "spark") for p in (ROOT / folder).rglob("CMakeLists.txt")]
        self.assertLess(sum(p.read_text().count("\n") for p in files), layers.CMAKE_BUDGET)


class Reader(unittest.TestCase):
    """The lint's own eyes: what it cannot see it cannot forbid."""

    def test_comments_and_literals_are_not_code(self):
        code = source.code_only('int a; // abort()\nconst char* b = "exit(1)"; /* std::cout */ char c = \'"\'; f();')
        for noise in ("abort", "exit", "cout"):
            self.assertNotIn(noise, code)
        self.assertIn("f();", code)

    def test_digit_separators_do_not_open_a_literal(self):
        self.assertIn("abort", source.code_only("int a = 89'478'485; abort(); int b = 1'0;"))

    def test_functions_are_measured_from_head_to_brace(self):
        text = "namespace a {\nint F(int x) {\n  if (x) {\n    G();\n  }\n  return 1;\n}\nstruct S { int m() { return 2; } };\n}\n"
        self.assertEqual(source.function_lengths(text), [(2, 6), (8, 1)])

    def test_includes_are_found_with_line_and_kind(self):
        self.assertEqual(source.includes('#include <a>\n\n#include "b/c.h"\n'), [(1, True, "a"), (3, False, "b/c.h")])


if __name__ == "__main__":
    unittest.main()
