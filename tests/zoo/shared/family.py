"""What every family's script does: `FAMILY.py list`, `FAMILY.py make NAME FOLDER`, and exports one by one."""

import json
import sys
import time
from pathlib import Path


def main(architectures, versions, make):
    """`list` prints {versions, architectures}; `make` calls `make(name, architectures[name], FOLDER)`, which writes manifest.json and what it names."""
    if sys.argv[1] == "list":
        print(json.dumps({"versions": versions, "architectures": list(architectures)}))
        return
    _, _, name, folder = sys.argv
    make(name, architectures[name], Path(folder))


def exported(files, folder, export, explained):
    """
    What manifest.json says of exports, once `export(name, path)` has written each and returned what own_file.py says of it, or None.

    files: name -> name of its file in `folder`; weights may lie beside it. explained: names of those that methods are tried on.
    """
    return [exported_file(name, file, folder, export, explained) for name, file in files.items()]


def exported_file(name, file, folder, export, explained):
    started = time.time()
    entry = {"name": name, "file": file, "explained": name in explained}
    try:
        own = export(name, str(folder / file))
        entry["beside"] = [path.name for path in folder.glob(f"{file}.*")]
        if own is not None:
            entry["own"] = own
    except Exception as error:  # Exporters raise whatever their parts raise; the table says it.
        entry = {"name": name, "refused": f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]}
    print(f"{name} {time.time() - started:.1f} s {entry.get('refused', '')}", file=sys.stderr, flush=True)
    return entry


def write_manifest(folder, **said):
    (folder / "manifest.json").write_text(json.dumps(said, indent=1))
