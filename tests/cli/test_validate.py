"""`coulis validate` finds whatever was done to a result."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
import pytest
from command import QUICK
from photographs import paint
from results import parts, record, rewrite


def failed_checks(coulis, results: Path) -> dict[str, str]:
    """Name and detail of each check that failed; the command must then have ended with 1."""
    outcome = coulis.try_("validate", results, "--json")
    checks = json.loads(outcome.out)
    assert all(set(check) == {"check", "ok", "detail"} for check in checks)
    failed = {check["check"]: check["detail"] for check in checks if not check["ok"]}
    assert outcome.code == (1 if failed else 0), outcome
    return failed


def edit_record(results: Path, edit) -> None:
    content = record(results)
    edit(content)
    (results / "run.json").write_text(json.dumps(content))


def with_column(table: pa.Table, name: str, values) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))


def without_vector(table: pa.Table, row: int) -> pa.Table:
    """The features of a row made null, with numbers below the null: the elements themselves are never null."""
    vectors = table["features"].combine_chunks()
    null = pa.array([at == row for at in range(len(table))])
    at = table.schema.get_field_index("features")
    return table.set_column(at, table.schema.field(at), pa.FixedSizeListArray.from_arrays(
        vectors.values, type=vectors.type, mask=null))


def with_value(table: pa.Table, column: str, row: int, change) -> pa.Table:
    """One vector of a column changed."""
    vectors = table[column].to_pylist()
    vectors[row] = change(vectors[row])
    return with_column(table, column, vectors)


def replaced(vector: list, at: int, value: float) -> list:
    return [*vector[:at], value, *vector[at + 1:]]


def test_whole_results_pass_every_check(coulis, whole):
    assert failed_checks(coulis, whole) == {}


def test_table_has_a_line_for_each_check(coulis, whole):
    lines = coulis("validate", whole).out.splitlines()
    assert len(lines) == len(json.loads(coulis("validate", whole, "--json").out)) >= 10
    assert all(line.startswith("ok ") for line in lines)


def test_table_shows_what_failed(coulis, own):
    parts(own)[0].unlink()
    outcome = coulis.try_("validate", own)
    assert outcome.code == 1
    assert any(line.startswith("FAILED ") and "part-00000.parquet" in line for line in outcome.out.splitlines())


def test_quiet_prints_what_failed_and_nothing_else(coulis, own):
    parts(own)[0].unlink()
    outcome = coulis.try_("validate", own, "--quiet")
    assert outcome.code == 1 and outcome.out == ""
    assert outcome.messages and all(line.startswith("coulis: error: ") for line in outcome.messages)


@pytest.mark.parametrize("section", ["features", "pca"])
def test_deleted_part_is_found(coulis, own, section):
    parts(own, section)[1].unlink()
    assert "part-00001.parquet" in failed_checks(coulis, own)[f"{section}: parts"]


@pytest.mark.parametrize("section", ["features", "pca"])
def test_part_that_run_json_does_not_list_is_found(coulis, own, section):
    shutil.copy(parts(own, section)[1], own / section / "part-00077.parquet")
    assert "4 parts" in failed_checks(coulis, own)[f"{section}: parts"]


@pytest.mark.parametrize("section", ["features", "pca"])
@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_truncated_part_is_found(coulis, own, section, share):
    part = parts(own, section)[2]
    part.write_bytes(part.read_bytes()[: int(part.stat().st_size * share)])
    assert "part-00002.parquet" in failed_checks(coulis, own)[f"{section}: parts"]


def ends_of_columns(part: Path) -> list[int]:
    """Where the last page of each column of each row group ends."""
    metadata = parquet.read_metadata(part)
    chunks = [metadata.row_group(group).column(column)
              for group in range(metadata.num_row_groups) for column in range(metadata.num_columns)]
    return [(chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size for chunk in chunks]


@pytest.mark.parametrize("section", ["features", "pca"])
def test_flipped_bit_of_any_column_is_found(coulis, own_quick, section):
    part = parts(own_quick, section)[1]
    content = part.read_bytes()
    for end in ends_of_columns(part):
        for at in end - 1, end - 4:
            part.write_bytes(content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1:])
            assert "part-00001.parquet" in failed_checks(coulis, own_quick)[f"{section}: parts"]
    part.write_bytes(content)
    coulis("validate", own_quick)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_feature_that_is_not_finite_is_found(coulis, own, value):
    rewrite(parts(own)[0], lambda table: with_value(table, "features", 3, lambda v: replaced(v, 5, value)))
    assert "1 vectors" in failed_checks(coulis, own)["features: finite, length 1280"]


def test_changed_feature_is_found_by_its_pca(coulis, own):
    rewrite(parts(own)[0], lambda table: with_value(table, "features", 3, lambda v: replaced(v, 5, v[5] + 1)))
    assert list(failed_checks(coulis, own)) == ["pca: equals model applied to features"]


@pytest.mark.parametrize("value", [1e-2, float("nan")])
def test_changed_pca_value_is_found(coulis, own, value):
    rewrite(parts(own, "pca")[1], lambda table: with_value(
        table, "pca", 2, lambda v: replaced(v, 0, v[0] + value * max(map(abs, v)))))
    assert "pca: equals model applied to features" in failed_checks(coulis, own)


def test_duplicated_path_is_found(coulis, own):
    def duplicate(table):
        paths = table["path"].to_pylist()
        return with_column(table, "path", [paths[1], *paths[1:]])

    rewrite(parts(own)[0], duplicate)
    failed = failed_checks(coulis, own)
    assert "1 " in failed["features: paths unique"]


def test_row_that_is_duplicated_in_another_part_is_found(coulis, own):
    row = parquet.read_table(parts(own)[1]).slice(0, 1)
    rewrite(parts(own)[0], lambda table: pa.concat_tables([table, row]))
    edit_record(own, lambda content: (content["features"][0].update(rows=9), content["counts"].update(images=25)))
    assert list(failed_checks(coulis, own)) == ["features: paths unique"]


@pytest.mark.parametrize("count, value", [("images", 25), ("bad", 1)])
def test_wrong_count_in_run_json_is_found(coulis, own, count, value):
    edit_record(own, lambda content: content["counts"].update({count: value}))
    assert list(failed_checks(coulis, own)) == ["features: rows"]


@pytest.mark.parametrize("section", ["features", "pca"])
def test_wrong_count_of_a_part_in_run_json_is_found(coulis, own, section):
    edit_record(own, lambda content: (content if section == "features" else content["pca"])[
        "features" if section == "features" else "parts"][0].update(rows=9))
    assert f"{section}: parts" in failed_checks(coulis, own)


def test_missing_row_of_features_is_found(coulis, own):
    rewrite(parts(own)[0], lambda table: table.slice(1))
    failed = failed_checks(coulis, own)
    assert "features: rows" in failed and "pca: a row for each good image" in failed


def test_missing_row_of_pca_is_found_although_the_counts_agree(coulis, own):
    rewrite(parts(own, "pca")[0], lambda table: table.slice(1))
    edit_record(own, lambda content: content["pca"]["parts"][0].update(rows=7))
    assert "1 missing" in failed_checks(coulis, own)["pca: a row for each good image"]


def test_row_of_pca_without_features_is_found(coulis, own):
    def rename(table):
        return with_column(table, "path", ["stranger.jpg", *table["path"].to_pylist()[1:]])

    rewrite(parts(own, "pca")[0], rename)
    assert "1 without features" in failed_checks(coulis, own)["pca: a row for each good image"]


def test_other_label_in_pca_is_found(coulis, own):
    rewrite(parts(own, "pca")[0], lambda table: with_column(table, "label", ["pear"] * len(table)))
    assert "8 with another label" in failed_checks(coulis, own)["pca: a row for each good image"]


@pytest.mark.parametrize("change", ["both", "neither"])
def test_row_with_features_and_error_or_without_both_is_found(coulis, own, change):
    def spoil(table):
        if change == "both":
            return with_column(table, "error", ["broken", *[None] * (len(table) - 1)])
        return without_vector(table, 0)

    rewrite(parts(own)[0], spoil)
    assert "features: a vector or an error" in failed_checks(coulis, own)


@pytest.mark.parametrize("column, kind", [("width", pa.int64()), ("label", pa.binary()),
                                          ("features", pa.list_(pa.float32())),
                                          ("features", pa.list_(pa.float64(), 1280))])
def test_column_of_another_type_is_found(coulis, own, column, kind):
    part = parts(own)[0]
    table = parquet.read_table(part)
    at = table.schema.get_field_index(column)
    parquet.write_table(table.set_column(at, column, pa.array(table[column].to_pylist(), kind)), part)
    assert "part-00000.parquet" in failed_checks(coulis, own)["features: parts"]


def test_missing_column_is_found(coulis, own):
    part = parts(own)[0]
    parquet.write_table(parquet.read_table(part).drop_columns("error"), part)
    assert "part-00000.parquet" in failed_checks(coulis, own)["features: parts"]


def test_features_of_another_length_are_found(coulis, own, quick):
    shutil.copy(parts(quick)[0], parts(own)[0])
    assert "24" in failed_checks(coulis, own)["features: parts"]


def test_altered_components_are_found(coulis, own):
    file = own / "pca_model" / "components.parquet"
    rewrite(file, lambda table: with_value(table, "component", 0, lambda v: [-x for x in v]))
    assert list(failed_checks(coulis, own)) == ["pca: equals model applied to features"]


@pytest.mark.parametrize("column", ["mean", "scale"])
def test_altered_scaler_is_found(coulis, own, column):
    def change(table):
        return with_column(table, column, pc.add(table[column], 0.5).to_pylist())

    rewrite(own / "pca_model" / "scaler.parquet", change)
    assert list(failed_checks(coulis, own)) == ["pca: equals model applied to features"]


def test_pca_model_of_other_results_is_found(coulis, own, quick):
    shutil.rmtree(own / "pca_model")
    shutil.copytree(quick / "pca_model", own / "pca_model")
    assert "pca_model" in failed_checks(coulis, own)


def test_pca_model_with_fewer_components_is_found(coulis, own):
    rewrite(own / "pca_model" / "components.parquet", lambda table: table.slice(1))
    assert "pca_model" in failed_checks(coulis, own)


@pytest.mark.parametrize("file", ["scaler.parquet", "components.parquet"])
@pytest.mark.parametrize("damage", ["missing", "empty", "truncated"])
def test_damaged_pca_model_is_found(coulis, own, file, damage):
    path = own / "pca_model" / file
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(b"" if damage == "empty" else content[: len(content) // 2])
    assert file in failed_checks(coulis, own)["pca_model"]


def test_missing_pca_folder_is_found(coulis, own):
    shutil.rmtree(own / "pca")
    assert "pca: parts" in failed_checks(coulis, own)


def test_missing_run_json_is_an_error(coulis, own):
    (own / "run.json").unlink()
    assert "run.json" in coulis.fails(1, "validate", own)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "null", '{"format_version": "1"}', "\xff\xfe"])
def test_damaged_run_json_is_an_error(coulis, own, content):
    (own / "run.json").write_text(content, encoding="latin-1")
    assert "run.json" in coulis.fails(1, "validate", own)


def test_newer_format_is_an_error_that_names_both_versions(coulis, own):
    edit_record(own, lambda content: content.update(format_version=2))
    message = coulis.fails(1, "validate", own)
    assert "format version 2" in message and "1" in message


def test_what_is_no_result_is_an_error(coulis, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for name in "missing", "file", "folder":
        assert name in coulis.fails(1, "validate", tmp_path / name)


def test_unfinished_run_is_an_error_that_says_how_to_go_on(coulis, tmp_path):
    photos = paint(tmp_path / "photos", 60)
    results = tmp_path / "results"
    with coulis.started("run", photos, "--out", results, "--rows-per-part", 2, *QUICK) as process:
        while not list(results.glob(".incomplete/features/part-*")) and process.poll() is None:
            pass
    assert "--resume" in coulis.fails(1, "validate", results)


def test_unreadable_part_is_found(obedient, own):
    parts(own)[0].chmod(0o000)
    assert "Permission denied" in failed_checks(obedient, own)["features: parts"]


def test_results_need_not_be_writable_to_be_checked(obedient, own):
    for folder in (own, own / "features", own / "pca", own / "pca_model"):
        folder.chmod(0o500)
    obedient("validate", own)
    for folder in (own, own / "features", own / "pca", own / "pca_model"):
        folder.chmod(0o700)


def test_results_may_be_moved(coulis, own, tmp_path):
    coulis("validate", own.rename(tmp_path / "elsewhere"))
