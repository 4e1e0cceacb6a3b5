"""The use cases: one orchestration that runs sessions and folds their logs into views."""
