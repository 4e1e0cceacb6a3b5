"""Claims a session, says whether it has it, and waits to be ended: ``claiming_program.py FOLDER SESSION``."""

import sys
from pathlib import Path

from realtime_mlx_stt.adapters.event_store.file_claims import FileSessionClaims
from realtime_mlx_stt.domain.identifiers import SessionId

claims = FileSessionClaims(Path(sys.argv[1]))
sys.stdout.write(f"{claims.claim(SessionId(sys.argv[2]))}\n")
sys.stdout.flush()
sys.stdin.read()
