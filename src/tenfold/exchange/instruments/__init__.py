"""Run files of laboratory instruments, read into one shape (``tenfold.exchange.run``)."""

from tenfold.exchange.instruments.plate_map import PlateMap, read_plate_map, with_plate_map
from tenfold.exchange.instruments.reading import read_run

__all__ = ["PlateMap", "read_plate_map", "read_run", "with_plate_map"]
