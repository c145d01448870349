"""Names of what pyarrow hands out, which has no types."""

from typing import Any

ArrowTable = Any
ArrowColumn = Any
ArrowType = Any
