"""REDCap's API against a local server that speaks it: paged, whole or not at all, token unseen."""

from __future__ import annotations

import csv
import io
import logging
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from predict.cli import main
from predict.cohort import read_cohort
from predict.cohort.formats import redcap_api
from predict.definitions.study import read_study
from predict.errors import TableError

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
ITEMS = [f"phq9_{i}" for i in range(1, 10)]
STUDY = {
    "id": "record_id",
    "layout": "wide",
    "visits": ["baseline", "end"],
    "rounds": {"one": {"start": "baseline", "end": "end"}},
    "instruments": {"phq9": {"columns": "phq9_{item}", "visits": ["baseline"]}},
}
PEOPLE = [[f"R{n}", *("321100000"[i] for i in range(9))] for n in range(7)]


class Project(ThreadingHTTPServer):
    """A project of seven people; `fault` is what it does wrong from the second page on."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.fault, self.asked = "", []

    @property
    def place(self) -> str:
        return f"redcap:http://127.0.0.1:{self.server_port}/api/?page=3"


class Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        words = {k: v[0] for k, v in parse_qs(self.rfile.read(size).decode()).items()}
        project = self.server
        project.asked.append(words)
        fault = project.fault if len(project.asked) > 2 or project.fault == "moved" else ""
        if words["token"] != TOKEN:
            self.answer(403, b'{"error":"You do not have permissions to use the API"}')
        elif fault == "moved":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{project.server_port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.answer(200, self.records(words, fault).encode(), fault)

    def records(self, words, fault) -> str:
        ids = {v for k, v in words.items() if k.startswith("records[")}
        people = [row for row in PEOPLE if not ids or row[0] in ids]
        header = ["record_id", *ITEMS]
        if "fields[0]" in words:
            header, people = header[:1], [row[:1] for row in people]
        if fault == "lacks a record":
            people = people[:-1]
        if fault == "other fields":
            header = ["record_id", "new", *ITEMS[1:]]
        if fault == "no api":
            return "<html>Log in</html>"
        sink = io.StringIO()
        csv.writer(sink, lineterminator="\n").writerows([header, *people])
        return sink.getvalue()[:-9] if fault == "cut inside" else sink.getvalue()

    def answer(self, status: int, data: bytes, fault: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if fault == "half sent" else data)
        if fault in ("half sent", "lost"):
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def project(monkeypatch):
    server = Project()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv(redcap_api.TOKEN, TOKEN)
    monkeypatch.delenv("http_proxy", raising=False)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_all_records_come_page_by_page(project):
    cohort = read_cohort(project.place, read_study(STUDY))
    assert list(cohort.ids) == [f"R{n}" for n in range(7)]
    assert cohort.total("phq9", "baseline").tolist() == [7] * 7
    pages = [sum(key.startswith("records[") for key in words) for words in project.asked]
    assert pages == [0, 3, 3, 1]


FAULTS = {
    "half sent": "REDCAP_CONNECTION",
    "cut inside": "REDCAP_PAGE_CUT",
    "lacks a record": "REDCAP_PAGE_CUT",
    "other fields": "REDCAP_CHANGED",
    "no api": "REDCAP_ANSWER",
    "moved": "REDCAP_MOVED",
}


@pytest.mark.parametrize(("fault", "code"), FAULTS.items())
def test_whatever_goes_wrong_nothing_is_read_by_halves(project, fault, code):
    project.fault = fault
    with pytest.raises(TableError) as refused:
        read_cohort(project.place, read_study(STUDY))
    assert (refused.value.code, refused.value.exit_code) == (code, 4)


def test_a_lost_server_ends_with_exit_4_and_no_token_anywhere(
    project, tmp_path, caplog, capsys, monkeypatch
):
    place = project.place
    project.shutdown()
    project.server_close()
    (tmp_path / "study.toml").write_text(
        'id = "record_id"\nlayout = "wide"\nvisits = ["baseline", "end"]\n'
        'rounds.one = { start = "baseline", end = "end" }\n'
        'instruments.phq9 = { columns = "phq9_{item}", visits = ["baseline"] }\n'
    )
    words = ["predict", "check", place, "--study", str(tmp_path / "study.toml")]
    monkeypatch.setattr(sys, "argv", words)
    with caplog.at_level(logging.DEBUG), pytest.raises(SystemExit) as ended:
        main()
    told = "".join(capsys.readouterr()) + caplog.text
    assert ended.value.code == 4
    assert "REDCAP_CONNECTION" in told
    assert TOKEN not in told
    assert "127.0.0.1" not in told


def test_a_refused_token_is_told_without_it(project, monkeypatch):
    other = TOKEN[::-1]
    monkeypatch.setenv(redcap_api.TOKEN, other)
    with pytest.raises(TableError) as refused:
        read_cohort(project.place, read_study(STUDY))
    assert (refused.value.code, refused.value.exit_code) == ("REDCAP_TOKEN_REFUSED", 4)
    assert other not in str(refused.value)


def test_a_token_is_read_from_a_file_that_its_owner_alone_may_read(tmp_path):
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    stated = {redcap_api.TOKEN_FILE: str(path)}
    assert redcap_api.read_token(stated) == TOKEN
    path.chmod(0o640)
    with pytest.raises(TableError) as refused:
        redcap_api.read_token(stated)
    assert refused.value.code == "REDCAP_TOKEN_OPEN"


@pytest.mark.parametrize(
    ("stated", "code"),
    [({}, "REDCAP_TOKEN_ABSENT"), ({redcap_api.TOKEN: "my token"}, "REDCAP_TOKEN_SHAPE")],
)
def test_no_token_and_what_is_none_are_told(stated, code):
    with pytest.raises(TableError) as refused:
        redcap_api.read_token(stated)
    assert refused.value.code == code
    assert "my token" not in str(refused.value)


def test_a_token_goes_over_https_or_to_this_machine_alone(monkeypatch):
    monkeypatch.setenv(redcap_api.TOKEN, TOKEN)
    with pytest.raises(TableError) as refused:
        read_cohort("redcap:http://redcap.example.org/api/", read_study(STUDY))
    assert refused.value.code == "REDCAP_INSECURE"
