// Driver witnesses: whatever comes out is written as it was read, and its signature holds.
#include "hsm/driver_witness.hpp"
#include "ledger/license_file/private_key.hpp"
#include "tests/fuzz/edited.hpp"

namespace {

struct Sample {
    Sample() {
        auto key = ledger::PrivateKey::generate();
        hsm::CheckReport report;
        report.module = "/usr/lib/softhsm/libsofthsm2.so";
        report.library = "SoftHSM";
        report.public_key = key.public_key();
        report.nonce_signature = key.sign(hsm::driver_witness_message(report.nonce)).value();
        report.anchor.emplace().origin = {ledger::derive_server_id(ledger::default_suite(), key.public_key()), 1};
        text = hsm::DriverWitness::of(report).text();
    }
    std::string text;
};

void check(ledger::ByteView input) {
    const auto witness = hsm::DriverWitness::parse(ledger::as_text(input));
    if (!witness) return;
    ACTLEDGER_ASSERT(witness->text() == ledger::as_text(input));
    ACTLEDGER_ASSERT(witness->key.verify(hsm::driver_witness_message(witness->nonce), witness->signature));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Sample sample;
    check({data, size});
    check(fuzz::edited(ledger::copy(ledger::as_bytes(sample.text)), {data, size}));
    return 0;
}
