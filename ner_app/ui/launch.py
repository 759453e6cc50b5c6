"""From settings to a running server."""

from __future__ import annotations

import threading

from ner_app.settings import Settings


def make_services(settings: Settings):  # type: ignore[no-untyped-def]
    """The core objects of one app."""
    from ner_app.core.corpus.library import Library
    from ner_app.core.kinds import open_queue
    from ner_app.core.models.store import ModelStore
    from ner_app.core.review.desk import ReviewDesk
    from ner_app.ui.app import UPLOADS
    from ner_app.ui.context import Services

    workspace = settings.workspace
    corpora = Library(
        default=settings.corpus,
        cache_dir=workspace / "cache",
        columns=settings.columns,
        allow_local_paths=settings.allow_local_paths,
        uploads=(workspace / UPLOADS,),
    )
    models = ModelStore(workspace, default=settings.model, max_mb=settings.max_model_mb, allow_local_paths=settings.allow_local_paths)
    jobs = open_queue(workspace, max_running=settings.max_running_jobs)
    return Services(settings, corpora, models, jobs, ReviewDesk(workspace, jobs=jobs, database=settings.review_database))


def launch(settings: Settings | None = None, *, block: bool = True):  # type: ignore[no-untyped-def]
    """Serve the app; models and corpora load in the background once the page is up."""
    from ner_app.ui.app import build_app
    from ner_app.ui.theme import css, head, theme

    settings = settings or Settings()
    services = make_services(settings)
    demo = build_app(services)
    demo.queue(default_concurrency_limit=8)
    demo.launch(
        server_name=settings.host, server_port=settings.port, theme=theme(), css=css(), head=head(), footer_links=["api"], ssr_mode=False,
        # Gradio's run history would write the inputs (a token for the Hub among them) and outputs of every event into the browser's
        # storage: that slows each step down, and takes the room in which decisions wait until they are on disk.
        run_history=False,
        prevent_thread_lock=True, show_error=False, share=False, quiet=True, mcp_server=False,
    )  # fmt: skip
    print(f"NER Workbench: http://{settings.host}:{settings.port}")
    threading.Thread(target=warm_up, args=(services,), daemon=True, name="warm-up").start()
    if block:
        demo.block_thread()
    return demo, services


def warm_up(services) -> None:  # type: ignore[no-untyped-def]
    """Start what waits in the queue, open the default corpus and load the default model, before anybody asks."""
    services.jobs.advance()  # runs that waited when the app was last stopped begin without a visitor
    services.corpora.default()
    services.models.preload(services.settings.model)
