"""What every local worker has imported: done once, by the process they are forked from. It computes nothing."""

import gc

import distributed
import distributed.nanny  # noqa: F401

from ..judging import judge  # noqa: F401
from . import pool  # noqa: F401

# What is here stays. The collector need not look at it in each worker, and the memory stays shared.
gc.freeze()
