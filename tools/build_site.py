"""Build the site: book/ into _build/html, warnings as errors, notebooks executed once for each state of the package.

`build_site.py` builds what changed; `build_site.py --fresh` forgets the site (not the executed notebooks) first.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from execution_key import cache_folder, forget_old_caches  # noqa: E402

# Results must not depend on how many cores there are or on the order of a set.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    # Figures are outputs of cells, whatever the shell that calls this has chosen for tests.
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # Traitlets and debugger notices on stderr would count as warnings of the chapter.
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    # Chapters run under a profile of this build's own: what somebody's profile does at start is not in them.
    "IPYTHONDIR": str(BUILD / "ipython"),
}
# A kernel remarks that it talks to this machine's own ports without encryption: once a chapter, and nothing to do.
PROFILE = 'get_config().IPKernelApp.log_level = "ERROR"\n'


def main() -> None:
    if unknown := set(sys.argv[1:]) - {"--fresh"}:
        sys.exit(f"build_site.py: unknown argument {', '.join(sorted(unknown))}; expected nothing or --fresh")
    if "--fresh" in sys.argv:
        for folder in ("html", ".doctrees", "jupyter_execute"):
            shutil.rmtree(BUILD / folder, ignore_errors=True)
    forget_old_caches(BUILD, keep=cache_folder(ROOT))
    profile = BUILD / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(PROFILE, encoding="ascii")
    if not cache_folder(ROOT).exists():
        print("Every chapter is executed now; later only those that change. Five to ten minutes.", flush=True)
    start = time.monotonic()
    command = [
        *(sys.executable, "-c", "from jupyter_book.cli.main import main; main()"),
        *("build", ROOT / "book", "--path-output", ROOT, "--config", ROOT / "_config.yml", "--toc", ROOT / "_toc.yml"),
        *("-W", "--keep-going", "-q"),
    ]
    failed = subprocess.run(command, cwd=ROOT, env=os.environ | ENVIRONMENT, check=False).returncode
    seconds = time.monotonic() - start
    if failed:
        sys.exit(f"Site not built ({seconds:.0f} s): mend the warnings above, then run this again.")
    pages = sum(1 for page in (BUILD / "html").rglob("*.html") if "_static" not in page.parts)
    print(f"Site built: {pages} pages, {seconds:.0f} s, {BUILD.relative_to(ROOT)}/html/index.html")


if __name__ == "__main__":
    main()
