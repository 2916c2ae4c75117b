#pragma once
// hsm/status.hpp: how the token is, by name, and since when. For /v1/status, `actledger status` and logs.

#include <optional>
#include <string>

#include "ledger/core/result.hpp"
#include "ledger/core/sizes.hpp"

namespace hsm {

enum class State {
    starting,        ///< No signature proven yet.
    ready,           ///< The last thing it did was a signature that verified.
    not_responding,  ///< A call passed its deadline; the child was killed. Tried again by itself.
    gone,            ///< Card, server or module process not there. Tried again by itself.
    faulty,          ///< Errors, or a signature that does not verify. Tried again by itself.
    no_key,          ///< The token has no such key, or another one. Tried again by itself.
    pin_missing,     ///< No PIN can be read. Tried again by itself: the token was not asked.
    pin_wrong,       ///< Waits for a person: a new PIN and retry(), or a restart.
    pin_locked,      ///< Waits for a person.
    stopped,
};

/// "not_responding": for JSON and metrics.
[[nodiscard]] std::string_view name_of(State state);
/// What a failure makes of the token's state.
[[nodiscard]] State state_after(const ledger::Error& error);
/// Whether trying again needs a person.
[[nodiscard]] bool waits_for_person(State state);

/// A snapshot. Value type.
struct Status {
    State state = State::starting;
    ledger::Timestamp since;           ///< When this state began; wall clock.
    std::optional<ledger::Error> why;  ///< Set unless starting, ready or stopped.
    std::string module;                ///< Path.
    std::string token_label;           ///< Empty until the token was seen.
    std::string token_serial;
    std::string pin_source;              ///< PinSource::describe().
    std::uint64_t signatures = 0;        ///< Verified ones, by this process.
    std::uint64_t restarts = 0;          ///< How often the child was started again.
    std::int64_t last_signature_us = 0;  ///< How long the last one took, without verifying it.
};

}  // namespace hsm
