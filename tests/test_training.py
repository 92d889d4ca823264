"""Training that is killed goes on and ends with the same weights."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import torch

PROGRAM = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    import torch
    from exporter.training.fit import fit

    kill_at = int(sys.argv[2])
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.2), torch.nn.Linear(8, 3))
    inputs, targets = torch.randn(64, 4), torch.randint(3, (64,))
    seen = 0

    def batches(generator):
        global seen
        for chosen in torch.randperm(64, generator=generator).split(16):
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            yield inputs[chosen], targets[chosen]

    fit(net, batches, 4, torch.nn.functional.cross_entropy, epochs=int(sys.argv[3]), learning_rate=0.01,
        checkpoint=Path(sys.argv[1]))
    torch.save(net.state_dict(), sys.argv[1] + ".result")
""")


def train(checkpoint: Path, kill_at: int, epochs: int = 5) -> int:
    command = [sys.executable, "-c", PROGRAM, str(checkpoint), str(kill_at), str(epochs)]
    return subprocess.run(command, capture_output=True, cwd=Path(__file__).parents[1]).returncode


def test_killed_in_the_middle_of_an_epoch_it_ends_the_same(tmp_path):
    assert train(tmp_path / "straight.pt", kill_at=0) == 0
    assert train(tmp_path / "killed.pt", kill_at=10) == -signal.SIGKILL
    left = sorted(os.listdir(tmp_path))
    assert "killed.pt" in left and "killed.pt.result" not in left and "killed.tmp" not in left
    assert train(tmp_path / "killed.pt", kill_at=0) == 0
    straight, killed = (torch.load(tmp_path / f"{name}.pt.result") for name in ("straight", "killed"))
    assert straight.keys() == killed.keys()
    for name in straight:
        assert torch.equal(straight[name], killed[name]), name


def test_a_finished_training_answers_at_once_and_the_same(tmp_path):
    assert train(tmp_path / "done.pt", kill_at=0) == 0
    before = torch.load(tmp_path / "done.pt.result")
    assert train(tmp_path / "done.pt", kill_at=1) == 0  # never asks for a batch
    after = torch.load(tmp_path / "done.pt.result")
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_checkpoint_of_other_settings_is_not_gone_on_from(tmp_path):
    assert train(tmp_path / "one.pt", kill_at=0, epochs=5) == 0
    assert train(tmp_path / "other.pt", kill_at=0, epochs=3) == 0
    assert train(tmp_path / "one.pt", kill_at=0, epochs=3) == 0
    one, other = (torch.load(tmp_path / f"{name}.pt.result") for name in ("one", "other"))
    assert all(torch.equal(one[name], other[name]) for name in one)
