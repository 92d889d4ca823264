"""Real data: from the Hugging Face Hub, or from the folder that `PLAYGROUND_DATA` names (same schemas, packed as parquet)."""

import os
from dataclasses import dataclass
from pathlib import Path

import datasets


@dataclass(frozen=True)
class Dataset:
    """A data set's facts, as a model card cites them.

    Attributes:
        name: its folder under `PLAYGROUND_DATA`.
        hub: its name on the Hub; None if it is not there in the form that we read.
        title, source, licence: what the card says.
    """

    name: str
    hub: str | None
    title: str
    source: str
    licence: str

    def load(self, split: str) -> datasets.Dataset:
        """Rows of a split. Raises FileNotFoundError if `PLAYGROUND_DATA` is set and lacks it, or must be set."""
        folder = os.environ.get("PLAYGROUND_DATA")
        if not folder:
            if not self.hub:
                raise FileNotFoundError(
                    f"{self.title}: PLAYGROUND_DATA must name a folder that holds {self.name}/{split}.parquet"
                )
            return datasets.load_dataset(self.hub, split=split)
        file = Path(folder) / self.name / f"{split}.parquet"
        if not file.is_file():
            raise FileNotFoundError(f"{file} does not exist; PLAYGROUND_DATA should name the folder that holds {self.name}/")
        return datasets.load_dataset("parquet", data_files={split: str(file)}, split=split)
