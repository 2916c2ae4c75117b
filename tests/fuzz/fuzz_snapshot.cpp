// tests/fuzz/fuzz_snapshot.cpp: a snapshot's header and its state each have one spelling, or are refused. The fuzzer
// edits good ones: behind their checksums it would never come.

#include "projections/state/ledger_state.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"
#include "snapshot/state_file.hpp"
#include "tests/fuzz/edited.hpp"

namespace {

ledger::Bytes written(const projections::LedgerState& state) {
    ledger::Bytes bytes;
    projections::StateWriter writer(
        [&](ledger::ByteView piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
    state.write(writer);
    static_cast<void>(writer.finish());
    return bytes;
}

/// A state with something in each part that needs no licence.
ledger::Bytes sample_state() {
    projections::LedgerState state;
    ledger::Event event;
    event.origin = std::string(32, 'a') + "/1";
    const auto append = [&](ledger::EventBody body) {
        event.body = std::move(body);
        state.apply(event);
        ++event.sequence_number.value;
        event.time.us += 1'000'000;
    };
    append(ledger::LedgerCreated{ledger::SuiteId::p256_sha256, std::string(32, 'a'), {1}, {2}, {}, "1"});
    append(ledger::ServerCertified{{{1, 2}, {3}}});
    append(ledger::EnrolmentKeyCreated{{1}, {}, "pool", {}});
    append(ledger::EnrolmentKeyRevoked{{1}});
    append(ledger::LogKeyCreated{{2}, {}, "auditor", {}});
    append(ledger::LogKeyRevoked{{2}});
    append(ledger::SettingChanged{"open_enrolment", "true"});
    append(ledger::TlsCertificateChanged{});
    append(ledger::TimePutInDoubt{});
    append(ledger::TimeConfirmed{event.time});
    return written(state);
}

void try_state(ledger::ByteView bytes) {
    ledger::ByteView left = bytes;
    projections::StateReader reader([&](std::span<std::uint8_t> out) -> ledger::Result<std::size_t> {
        const std::size_t size = std::min(out.size(), left.size());
        std::copy_n(left.begin(), size, out.begin());
        left = left.subspan(size);
        return size;
    });
    const auto read = projections::LedgerState::read(reader);
    if (read) ACTLEDGER_ASSERT(ledger::equal(written(*read->state), bytes) && read->digest == read->state->digest());
}

void try_header(ledger::ByteView bytes) {
    if (bytes.size() < snapshot::state_header_bytes) return;
    snapshot::StateHeader header;
    std::copy_n(bytes.begin(), header.size(), header.begin());
    const auto facts = snapshot::parse_state_header(header);
    if (facts) ACTLEDGER_ASSERT(snapshot::state_header(*facts) == header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const ledger::Bytes state = sample_state();
    static const snapshot::StateHeader header =
        snapshot::state_header({{std::string(32, 'a'), 1}, {{8}, {}}, {}, state.size()});
    try_state({data, size});
    try_state(fuzz::edited(state, {data, size}));
    try_header({data, size});
    try_header(fuzz::edited({header.begin(), header.end()}, {data, size}));
    return 0;
}
