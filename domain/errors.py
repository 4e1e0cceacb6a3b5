"""The root of the error tree; every layer hangs its own errors below it.

::

    RealtimeSttError                      code                    raised when
    ├── DomainError
    │   ├── InvalidSettingError           invalid-setting         a setting is outside its range
    │   └── IllegalCommandError           illegal-command         a session cannot do this in its present state
    ├── PortError
    │   ├── AudioSourceError              audio-source            the source cannot be opened or read
    │   │   ├── AudioFileNotFoundError    audio-file-not-found    no such file
    │   │   ├── AudioFormatError          audio-format            what should be sound is none
    │   │   ├── AudioCutShortError        audio-cut-short         a file holds less than it promises
    │   │   ├── AudioPositionError        audio-position          audio was pushed to where it cannot be
    │   │   ├── AudioEndedError           audio-ended             audio was pushed to a source that takes no more
    │   │   ├── AudioClientGoneError      audio-client-gone       whoever pushes gives no sign of life
    │   │   ├── AudioDeviceNotFoundError  audio-device-not-found  no such input device
    │   │   ├── AudioDeviceBusyError      audio-device-busy       a device cannot be opened now
    │   │   ├── AudioDeviceChangedError   audio-device-changed    the default is another device now
    │   │   └── MicrophoneSilentError     microphone-silent       a device gives nothing but zeros
    │   ├── RecordingError                recording               a recording cannot be written or read
    │   │   └── RecordingNotFoundError    recording-not-found     a session was not recorded
    │   ├── VoiceActivityError            voice-activity          the detector does not run
    │   ├── WakeWordError                 wake-word               the detector does not run
    │   │   └── UnknownWakeWordError      unknown-wake-word       no model hears that word
    │   ├── SpeechToTextError             speech-to-text          a model cannot be loaded or does not run
    │   │   ├── UnknownEngineError        unknown-engine          no such engine
    │   │   ├── UnknownLanguageError      unknown-language        a model does not write that language
    │   │   ├── NoTranslationError        no-translation          a model does not translate
    │   │   └── TranscriptionServiceError transcription-service   a service gave no text
    │   │       ├── ApiKeyMissingError    api-key-missing         a service asks for a key and there is none
    │   │       ├── ApiKeyRefusedError    api-key-refused         a service does not take the key
    │   │       ├── ServiceOfflineError   service-offline         there is no way to a service
    │   │       ├── ServiceRateLimitError service-rate-limit      a service takes no more requests for now
    │   │       └── ServiceTimeoutError   service-timeout         a service did not answer in time
    │   ├── ModelRepositoryError          model-repository        a model cannot be had
    │   │   ├── UnknownModelError         unknown-model           no such model
    │   │   ├── ModelUnreachableError     model-unreachable       a model is neither here nor to be fetched
    │   │   ├── ModelCorruptError         model-corrupt           weights are not those that were published
    │   │   └── ModelCacheError           model-cache             the cache cannot be written
    │   ├── EventStoreError               event-store             the log cannot be read or written
    │   │   ├── SequenceConflictError     event-store-conflict    another writer was first
    │   │   ├── EventStoreFullError       event-store-full        the disk is full
    │   │   ├── EventStoreBusyError       event-store-busy        another program holds the log locked
    │   │   ├── EventStoreCorruptError    event-store-corrupt     the file is no log, or a damaged one
    │   │   ├── EventStoreVersionError    event-store-version     a newer program wrote the log
    │   │   └── UndecodableEventError     event-undecodable       a stored event cannot be understood
    │   ├── BenchmarkError                benchmark               what is to be measured cannot be
    │   │   ├── ExtraMissingError         extra-missing           a package that only benchmarks need is not here
    │   │   └── ContestantError           contestant              a program to compare with does not run
    │   └── ProfileStoreError             profile-store           profiles cannot be read or written
    │       ├── ProfileNotFoundError      profile-not-found       no such profile
    │       └── ProfileNameError          profile-name            a profile cannot have that name
    ├── SessionNotFoundError              session-not-found       the log holds no such session
    ├── SessionNotRunningError            session-not-running     no such session is running here
    ├── SessionRunningError               session-running         a session runs, or is being changed, already
    ├── UtteranceNotFoundError            utterance-not-found     a session has no such utterance
    ├── AudioNotPushedError               audio-not-pushed        a session hears something else than pushed audio
    ├── SessionUnresponsiveError          session-unresponsive    a subscriber holds up the session's thread
    ├── SessionWorkerError                session-worker          a defect of this program ended a session
    ├── OrchestratorClosedError           orchestrator-closed     the program is ending, nothing is started
    ├── RerunTimeoutError                 rerun-timeout           a recording was not heard to its end in time
    ├── SessionProblemError           session-problem         a session met a problem, whose own code it has
    ├── ServerAddressError            server-address          the server cannot listen where it was told to
    ├── RefusedRequestError           refused-request         a request over the network is refused
    │   ├── TokenMissingError         token-missing           the server asks for a token and there is none
    │   ├── TokenWrongError           token-wrong             the token is not the server's
    │   ├── OriginRefusedError        origin-refused          a page of another origin may not call
    │   ├── HostRefusedError          host-refused            the server is not known under that name
    │   ├── RateLimitedError          rate-limited            too many requests came from one address
    │   ├── BadRequestError           bad-request             a request is not what the route takes
    │   │   └── InvalidParameterError invalid-parameter       a parameter of OpenAI's API is wrong
    │   ├── UnsupportedMediaTypeError unsupported-media-type  the route takes no body of that type
    │   ├── StartCalledOffError       start-called-off        a stop came while a start was loading its model
    │   ├── AudioBehindError          audio-behind            a session takes no more audio for too long
    │   ├── IdempotencyKeyReusedError idempotency-key-reused  a key belongs to another request
    │   ├── ModelPullNotFoundError    model-pull-not-found    no model is fetched under that number
    │   ├── TooManyChangesError       too-many-changes        too many changes of one session wait
    │   ├── TooManyPullsError         too-many-pulls          as many models are fetched as may be at a time
    │   ├── TooManySessionsError      too-many-sessions       as many sessions run as the server allows
    │   ├── TooManyStreamsError       too-many-streams        as many streams are open as the server allows
    │   ├── BadMessageError           bad-message             what a client sent is no message of its stream
    │   ├── StreamNotOpenedError      stream-not-opened       a client did not open its stream in time
    │   ├── AudioMissingError         audio-missing           the audio's end is said before all of it was taken
    │   └── TooManyCommandsError      too-many-commands       too many commands of a stream wait to be done
    └── OutputError                       output                  a result cannot be written where it was asked for

A code is stable: programs may branch on it. The message is a sentence for a person and may change.
"""

from typing import ClassVar

from realtime_mlx_stt.domain.printable_text import printable

__all__ = ["DomainError", "IllegalCommandError", "InvalidSettingError", "PortError", "RealtimeSttError"]


class RealtimeSttError(Exception):
    """Anything this package raises on purpose; ``code`` names the kind, the message says what to do."""

    code: ClassVar[str] = "error"

    def __str__(self) -> str:
        """The message; names of files in it may hold bytes that are no text, and it is printed, stored and sent."""
        return printable(super().__str__())


class DomainError(RealtimeSttError):
    """A rule of the domain was broken by the caller."""


class InvalidSettingError(DomainError, ValueError):
    """A setting is outside its range or contradicts another; the message names it and its range.

    It is a ``ValueError`` as well, since that is what Python programs expect of an argument that is wrong.
    """

    code = "invalid-setting"


class IllegalCommandError(DomainError):
    """The session cannot do this in its present state."""

    code = "illegal-command"


class PortError(RealtimeSttError):
    """Something outside the application failed: a device, a model, a file, a store."""
