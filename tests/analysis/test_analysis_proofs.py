"""A small share of the proofs on planted networks, courses and programmes."""

import sys
from importlib import import_module
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["temporal_network", "growth_mixture", "programmes_analysed"])
def test_one_seed_of_each_condition_is_kept(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2] / "proofs"), *sys.path])
    assert import_module(name).main(share=0.01) == 0
    assert "proof: " in capsys.readouterr().out
