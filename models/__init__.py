"""ML models, and the only place that imports their runtimes: catalogue, download, one adapter a model."""
