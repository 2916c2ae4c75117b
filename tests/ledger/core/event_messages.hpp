#pragma once
// tests/ledger/core/event_messages.hpp: events as Cap'n Proto's own library reads, builds and spells them.

#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>
#include <optional>

#include "ledger/core/event_codec.hpp"
#include "ledger/core/events.capnp.h"

namespace support {

/// A reader of the library's, over an aligned copy.
struct LibraryMessage {
    explicit LibraryMessage(ledger::ByteView framed)
        : words(kj::heapArray<capnp::word>(framed.size() / sizeof(capnp::word))) {
        std::memcpy(words.begin(), framed.data(), framed.size());
        reader.emplace(words.asPtr());
    }
    kj::Array<capnp::word> words;
    std::optional<capnp::FlatArrayMessageReader> reader;
};

/// What the library's own canonicalisation makes of it, framed.
template <class Root>
ledger::Bytes canonicalized(ledger::ByteView framed) {
    LibraryMessage message(framed);
    const auto words = capnp::canonicalize(message.reader->getRoot<Root>());
    ledger::Bytes bytes(8 + words.size() * 8);
    const auto count = static_cast<std::uint32_t>(words.size());
    std::memcpy(bytes.data() + 4, &count, sizeof count);
    std::memcpy(bytes.data() + 8, words.begin(), words.size() * 8);
    return bytes;
}

inline ledger::Event minimal_event(ledger::EventBody body) {
    ledger::Event event;
    event.origin = "abcdefghijklmnopqrstuvwxyz234567/1";
    event.body = std::move(body);
    return event;
}

/// A message that the library's builder makes, with whatever the test sets.
template <class Root = ledger::wire::Event, class Build>
ledger::Bytes built(const Build& build) {
    capnp::MallocMessageBuilder message;
    build(message.initRoot<Root>());
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asBytes();
    return {bytes.begin(), bytes.end()};
}

inline void set_envelope(ledger::wire::Event::Builder event) {
    event.setSchemaVersion(1);
    event.setOrigin("abcdefghijklmnopqrstuvwxyz234567/1");
    event.initActor();
}

}  // namespace support
