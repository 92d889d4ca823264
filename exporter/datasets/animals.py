"""Animal-Pose: photos of five kinds of animals with a box and twenty keypoints for each (Cao et al. 2019)."""

from exporter.datasets import Dataset

ANIMALS = Dataset(
    name="animals",
    hub=None,
    title="Animal-Pose",
    source="Cao, Tang, Fang, Shen, Lu, Tai: Cross-Domain Adaptation for Animal Pose Estimation (2019), arXiv:1908.05806",
    licence="research use; many photos are from PASCAL VOC 2012",
)
LABELS = ("dog", "cat", "sheep", "horse", "cow")
SIDE = 224  # pixels of a photo's long side
