"""Runs bqemulator on a loopback port, with the extension that it would download.

    pip install bqemulator==1.4.0 duckdb==1.5.5 duckdb-extension-spatial==1.5.5 numpy
    python3 tests/support/bigquery_server.py PORT
"""

import os
import pathlib
import platform
import shutil
import sys
import tempfile

import duckdb_extension_spatial

# DuckDB looks for extensions in the home directory before it downloads them.
home = pathlib.Path(tempfile.mkdtemp(prefix="bqemulator-"))
os.environ["HOME"] = str(home)
machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
package = pathlib.Path(duckdb_extension_spatial.__file__).parent / "extensions"
for file in package.glob("*/spatial.duckdb_extension"):
    folder = home / ".duckdb" / "extensions" / file.parent.name / f"linux_{machine}"
    folder.mkdir(parents=True)
    shutil.copy(file, folder)

from bqemulator.cli import main  # noqa: E402
from bqemulator.sql import inner_query  # noqa: E402

# For `SELECT *` over shards the emulator expands the star by a schema that lacks columns of type RECORD, of which the
# tables of a log sink have two. Without a schema it leaves the star to DuckDB.
inner_query.build_catalog_schema = lambda *_, **__: {}

sys.argv = ["bqemulator", "start", "--rest-port", sys.argv[1], "--grpc-port", "0", "--project", "audit", "--log-level", "error"]
sys.exit(main())
