from typing import get_args

from omarl.data.imports.formats import READERS, Format
from omarl.data.imports.known import KNOWN


def test_every_format_has_a_reader_and_is_told_of():
    assert list(KNOWN) == list(READERS) == list(get_args(Format))
