#pragma once
// tests/projections/state_bytes.hpp: a state as the bytes that a snapshot keeps of it, and back.

#include "projections/state/ledger_state.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace support {

[[nodiscard]] inline ledger::Bytes state_bytes(const projections::LedgerState& state) {
    ledger::Bytes bytes;
    projections::StateWriter writer(
        [&](ledger::ByteView piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
    state.write(writer);
    static_cast<void>(writer.finish());
    return bytes;
}

/// @param piece  how many bytes the source gives at a time, at most.
[[nodiscard]] inline ledger::Result<projections::LedgerState::Read> read_state(ledger::ByteView bytes,
                                                                               std::size_t piece = 1U << 20) {
    projections::StateReader reader([&](std::span<std::uint8_t> out) -> ledger::Result<std::size_t> {
        const std::size_t size = std::min({out.size(), bytes.size(), piece});
        std::copy_n(bytes.begin(), size, out.begin());
        bytes = bytes.subspan(size);
        return size;
    });
    return projections::LedgerState::read(reader);
}

}  // namespace support
