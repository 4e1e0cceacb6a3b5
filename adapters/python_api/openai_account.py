"""Gives the engine ``openai`` its key and its address."""

from realtime_mlx_stt.adapters.python_api.process_services import services

__all__ = ["use_openai_account"]


def use_openai_account(*, api_key: str | None = None, base_url: str | None = None) -> None:
    """Have every session of this process call OpenAI's API with this key, and at this address, from now on.

    The address is that of any server that speaks the API. None leaves either as it is: at first what the
    environment says as ``OPENAI_API_KEY`` and ``OPENAI_BASE_URL``. Neither is stored or logged anywhere.

    Raises:
        InvalidSettingError: a ``ValueError``; the key holds what no key does, or the address is none.
    """
    services().use_openai_account(api_key=api_key, base_url=base_url)
