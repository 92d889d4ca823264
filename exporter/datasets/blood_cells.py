"""BCCD: blood under the microscope, with a box around each cell (Shenggan, 2017)."""

from exporter.datasets import Dataset

BLOOD_CELLS = Dataset(
    name="blood_cells",
    hub=None,
    title="BCCD",
    source="Shenggan: BCCD Dataset, 640x480 photos of blood smears",
    licence="MIT",
)
LABELS = ("red cell", "white cell", "platelet")
