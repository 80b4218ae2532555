"""How long tests wait for what must come.

A wait ends with what it waits for, so that a long limit costs nothing where all is well, and a busy
machine fails nothing. Tests tell one way from another by what happened, not by how soon it did: how
fast things are is for the benchmarks.
"""

import ssl

PATIENCE_SECONDS = 60.0

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of plain HTTP: each would read the world's certificates anew, for 25 ms of CPU."""
