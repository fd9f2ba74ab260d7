"""The commands: what they pass on, what they print, and their exit status."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch

from generator import serve as serving
from generator.cli import main
from generator.discover import discover, load
from generator.processes import cores
from generator.progress import RichProgress, SilentProgress, progress_on

GOOD = "import torch\nmodel = torch.nn.ReLU\ndef inputs(): return torch.ones(1)\n"


class FakeModel(SimpleNamespace):
    unchanged = False

    def counts(self):
        return self.verdicts


class FakeReport:
    """Two models, one with a mismatch and one that failed."""

    def __init__(self, status):
        self.status = status
        self.models = [
            FakeModel(name="a", status="ok", error=None, pages=3,
                      verdicts={"verified": 5, "mismatch": 1, "given": 2}),
            FakeModel(name="b", status="error", error="models/b.py: no", pages=1, verdicts={}),
        ]  # fmt: skip

    def to_dict(self):
        value = {"of": "grad x", "status": "mismatch", "max_error": 0.5, "budget": 1e-6}
        steps = [{"name": "conv1", "values": [value, {**value, "status": "verified"}]}]
        return {"models": [{"name": "a", "steps": steps}, {"name": "b", "steps": []}]}

    def exit_status(self, strict):
        return 1 if strict else self.status


@pytest.fixture
def built(monkeypatch):
    """Stand in for the build, and note what it is called with."""
    calls = []
    module = ModuleType("generator.build")
    module.status = 0

    def build_models(specs, **options):
        calls.append(([spec.name for spec in specs], options))
        return FakeReport(module.status)

    module.build_models = build_models
    module.calls = calls
    monkeypatch.setitem(sys.modules, "generator.build", module)
    return module


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    for name in ("alpha", "beta"):
        (tmp_path / "models" / f"{name}.py").write_text(GOOD)
    return tmp_path


def refused(capsys, *arguments):
    """Run what is wrong usage and return its one line."""
    try:
        status = main(arguments)
    except SystemExit as end:
        status = end.code
    captured = capsys.readouterr()
    assert status == 2
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_build_passes_everything_on(project, built):
    assert main(["build"]) == 0
    ((names, options),) = built.calls
    assert names == ["alpha", "beta"]
    assert str(options.pop("docs")) == "docs"
    assert isinstance(options.pop("progress"), SilentProgress)
    assert options.pop("device") in ("cpu", "cuda")
    jobs = options.pop("jobs")
    assert jobs == (1 if torch.cuda.is_available() else cores())
    assert options == {"force": False}


def test_build_takes_names_and_options(project, built):
    arguments = "build beta --docs out --device cpu --jobs 3 --force --models models"
    assert main(arguments.split()) == 0
    ((names, options),) = built.calls
    assert names == ["beta"]
    assert (str(options["docs"]), options["device"]) == ("out", "cpu")
    assert (options["jobs"], options["force"]) == (3, True)


def test_check_writes_no_pages(project, built, capsys):
    assert main(["check", "alpha"]) == 0
    ((names, options),) = built.calls
    assert (names, options["docs"], options["force"]) == (["alpha"], None, True)
    assert "look:" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "strict", "expected"), [(0, "", 0), (1, "", 1), (0, "--strict", 1)]
)
def test_the_report_decides_the_exit_status(project, built, status, strict, expected):
    built.status = status
    assert main(["build", *strict.split()]) == expected


def test_the_summary_has_faults_counts_and_where_to_look(project, built, capsys):
    main(["build"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "error: models/b.py: no"
    assert lines[1] == "mismatch: a, conv1, grad x: error 0.5, budget 1e-06"
    assert lines[2].startswith("2 models, 4 pages, 5 verified, 1 mismatch, 0 unexplained, ")
    assert lines[2].endswith(" s")
    assert lines[3].startswith(f"look: {Path('docs', 'models')} has the pages")
    assert len(lines) == 4


def test_the_report_is_written_as_json(project, built):
    main(["build", "--report", "report.json"])
    assert json.loads((project / "report.json").read_text()) == FakeReport(0).to_dict()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("build alhpa", "unknown model 'alhpa', did you mean 'alpha'?"),
        ("check zzz", "unknown model 'zzz', expected one of alpha, beta"),
        ("build --models gone", "gone is missing, expected a folder of models"),
        ("list --models models/alpha.py", "models/alpha.py is a file, expected a folder of models"),
        ("check --models empty", "empty has no models, expected empty/NAME.py"),
        ("build --device gpu", "argument --device: is 'gpu', expected auto, cpu, cuda or cuda:N"),
        ("build --device cuda:99", "device cuda:99 is missing, this machine has cpu and "),
        ("build --jobs 0", "argument --jobs: is '0', expected a number from 1"),
        ("build --jobs ²", "argument --jobs: is '²', expected a number from 1"),
        ("build --docs models/alpha.py", "--docs models/alpha.py is a file, expected a folder"),
        ("build --report gone/x.json", "--report gone/x.json lies in no folder, expected a file"),
        ("build --report models", "--report models is a folder, expected a file"),
        ("check --docs docs", "unrecognized arguments: --docs"),
        ("", "the following arguments are required: COMMAND"),
        ("new 2fast", "name is '2fast', expected letters, digits and _, with a letter first"),
        ("new class", "name is 'class', expected letters"),
        ("new _hidden", "name is '_hidden', expected letters"),
        ("new ../escape", "name is '../escape', expected letters"),
        ("new alpha", "models/alpha.py exists, expected a new file"),
        ("new net --models models/alpha.py", "models/alpha.py exists, expected a new file"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(project, built, capsys, arguments, message):
    (project / "empty").mkdir()
    assert message in refused(capsys, *arguments.split())
    assert built.calls == []
    assert (project / "models" / "alpha.py").read_text() == GOOD


def test_a_name_cannot_control_the_terminal(project, built, capsys):
    assert "\x1b" not in refused(capsys, "build", "\x1b[31mred")


def test_list_names_every_model_and_its_fault(project, capsys):
    (project / "models" / "alpha.yml").write_text("title: The first\nseed: 4\norder: 1\n")
    (project / "models" / "beta.yml").write_text("titel: x")
    assert main(["list"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "NAME   TITLE      SETTINGS",
        "alpha  The first  order 1, seed 4, 6 decimals",
        "beta   beta       error: models/beta.yml: unknown key 'titel', did you mean 'title'?",
    ]


def test_list_of_whole_models_is_well(project):
    assert main(["list"]) == 0


def test_new_writes_a_model_that_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my_net"]) == 0
    (spec,) = discover(tmp_path / "models")
    loaded = load(spec)
    assert (spec.name, spec.summary) == ("my_net", "One line on what this model is.")
    assert loaded.module(*loaded.args).shape == (2, 3)


def test_the_command_answers_without_torch(project):
    code = "import sys; import generator.cli as c; c.main(['list']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_python_m_generator_is_the_command(project):
    done = subprocess.run(
        [sys.executable, "-m", "generator", "build", "gamma"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "layerbook: unknown model 'gamma', expected one of alpha, beta\n"


def test_an_interrupt_is_quiet(project, built, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    built.build_models = interrupted
    assert main(["build"]) == 130
    assert capsys.readouterr().err == ""


class Terminal:
    """A stream that says it is a terminal and keeps what is written."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return True


def test_progress_shows_on_a_terminal_alone():
    with Path(os.devnull).open("w", encoding="utf-8") as stream:
        assert isinstance(progress_on(stream), SilentProgress)
    assert isinstance(progress_on(Terminal()), RichProgress)


def test_the_bar_names_model_and_step_as_text(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with progress_on(terminal) as progress:
        progress.start("[bold]net", None)
        progress.start("[bold]net", 2)
        progress.stage("[bold]net", "explaining")
        progress.advance("[bold]net", "conv\x1b1")
        progress._bars.refresh()
        progress.finish("[bold]net")
        progress.finish("[bold]net")
        progress.advance("never started", "x")
    assert "[bold]net" in terminal.text
    assert "1/2" in terminal.text
    assert "explaining" in terminal.text
    assert "conv 1" in terminal.text


def test_serve_builds_and_hands_over(project, built, monkeypatch):
    (project / "mkdocs.nav.yml").write_text("site_name: x")
    handed = []
    monkeypatch.setattr(serving, "serve", lambda *arguments: handed.append(arguments) or 0)
    assert main(["serve", "--address", "localhost:18765"]) == 0
    ((configuration, _, rebuild, address),) = handed
    assert configuration == project / "mkdocs.nav.yml"
    assert address == "localhost:18765"
    (project / "models" / "gamma.py").write_text(GOOD)
    rebuild()
    assert [names for names, _ in built.calls] == [["alpha", "beta"], ["alpha", "beta", "gamma"]]


def test_serve_needs_the_navigation(project, built, capsys):
    assert main(["serve"]) == 2
    assert "mkdocs.nav.yml is missing" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:99999", "127.0.0.1:x"])
def test_serve_refuses_an_address_before_it_builds(project, built, capsys, address):
    assert main(["serve", "--address", address]) == 2
    assert f"--address is {address!r}, expected HOST:PORT" in capsys.readouterr().err
    assert built.calls == []


def test_serve_refuses_a_port_in_use_before_it_builds(project, built, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert main(["serve", "--address", address]) == 2
    assert f"--address {address}: " in capsys.readouterr().err
    assert built.calls == []
