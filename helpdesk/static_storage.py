"""Names with a hash for every static file, also for modules that import one another."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage

# import "./toasts.js"   import { say } from "./words.js"   import * as banner from "./banner.js"
IMPORT = (
    r"""(?P<matched>(?P<verb>\b(?:import|from)\s*)["'](?P<url>\./[\w-]+\.js)["'])""",
    """%(verb)s"%(url)s\"""",
)


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped package
    """Rewrite the imports inside our modules too.

    Otherwise a page would load requests.4f2a.js, which imports plain toasts.js, beside toasts.91bc.js: the
    same module twice, with every listener doubled, and the plain one not cached. Django's own switch for this
    also reads other people's scripts, and stumbles over them.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", (IMPORT,)))
