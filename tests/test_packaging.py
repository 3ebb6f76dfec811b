"""The wheel as others install it: three packages and nothing else, and a command that runs from anywhere.

Another project may install an `agents` of its own, and a checkout on the path hides what a wheel lacks: so
the wheel is built, installed into an environment of its own and run from `/`.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a clean environment with the wheel; what it depends on is borrowed from this one."""
    place = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", place)
    python = place / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
    )
    purelib = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    borrowed = sysconfig.get_path("purelib")
    (Path(purelib) / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")
    return place / "bin"


def test_the_wheel_holds_three_packages_and_its_metadata_and_nothing_else(wheel: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert top == {"monitor", "agents", "schemas", f"sla_monitor-{version}.dist-info"}
    assert {f"{package}/py.typed" for package in ("monitor", "agents", "schemas")} <= set(names)


def test_the_command_of_the_wheel_runs_from_anywhere(installed: Path) -> None:
    shown = run(installed / "sla-monitor", "--help", cwd=Path("/"))
    assert "replay" in shown
    assert "demo" in shown


def test_the_command_of_the_wheel_runs_the_code_of_the_wheel(installed: Path) -> None:
    code = "import agents, monitor, schemas; print(agents.__file__, monitor.__file__, schemas.__file__)"
    files = run(installed / "python", "-c", code, cwd=Path("/")).split()
    assert all(file.startswith(str(installed.parent)) for file in files)


def test_every_version_a_newcomer_gets_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    for requirement in wanted:
        name = requirement.split("=")[0].rstrip("<>~").strip().lower().replace("_", "-")
        assert name in pinned, f"{name} is missing in constraints.txt: install it and add its version"
