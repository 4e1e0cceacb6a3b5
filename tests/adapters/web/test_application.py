"""The application works over exactly the services that it was given."""

from tests.adapters.web.rig import WebRig


def test_the_application_has_the_orchestrator_that_it_was_given() -> None:
    rig = WebRig()
    context = rig.app.extensions["realtime_mlx_stt"]
    assert context.services.orchestrator is rig.rig.orchestrator
