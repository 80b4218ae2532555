"""Frames are those of the protocol's own library."""

import pytest
from websockets.frames import Frame, Opcode

from app.api.sockets import frames_of


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_is_written_as_the_library_writes_it(size: int) -> None:
    text = "ü" * (size // 2) + "x" * (size % 2)
    expected = Frame(Opcode.TEXT, text.encode()).serialize(mask=False)

    assert frames_of([text, text]) == expected * 2
