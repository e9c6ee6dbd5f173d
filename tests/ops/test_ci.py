"""What .ci/run leaves out would never be run at all."""

from __future__ import annotations

import itertools
import re
import tomllib

import pytest

from tests.ops.variables import ROOT

SCRIPT = (ROOT / ".ci/run").read_text(encoding="utf-8")
MARKERS = [
    line.split(":")[0]
    for line in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"][
        "ini_options"
    ]["markers"]
]
EXPRESSIONS = [found[0] or found[1] for found in re.findall(r'-m (?:"([^"]+)"|(\w+)$)', SCRIPT, re.MULTILINE)]
EVERY_MIXTURE = [set(each) for n in range(len(MARKERS) + 1) for each in itertools.combinations(MARKERS, n)]


def selects(expression: str, markers: set[str]) -> bool:
    return bool(eval(expression, {name: name in markers for name in MARKERS}))  # of our own


@pytest.mark.parametrize("markers", EVERY_MIXTURE, ids=lambda markers: "+".join(sorted(markers)) or "none")
def test_a_test_is_run_whatever_markers_it_bears(markers: set[str]) -> None:
    steps = [expression for expression in EXPRESSIONS if selects(expression, markers)]

    assert len(steps) == 1, f"run by {steps}"


def test_reasons_of_skipped_tests_are_printed() -> None:
    calls = re.findall(r"-m pytest .*", SCRIPT)

    assert calls
    assert all("-rs" in call for call in calls)
