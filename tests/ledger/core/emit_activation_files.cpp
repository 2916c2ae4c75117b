// Writes, into the folder that is named, a root certificate, activation files under it, and beside each file what it
// says, for a reader that shares no code with us (test_reference.py).

#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/ledger/core/sample_ledger.hpp"

using namespace ledger;

namespace {

void write(const std::filesystem::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

/// One line a fact, "name value".
std::string facts(const ActivationFile& file, const VerifiedEvent& verified) {
    const Seat& seat = *verified.event.seat();
    std::string text = "kind " + std::string(kind_name(verified.event.body)) + "\nindex " +
                       std::to_string(file.index.value) + "\nsize " + std::to_string(verified.head.size.value) +
                       "\ntime " + std::to_string(verified.event.time.us) + "\norigin " + verified.origin.text() +
                       "\nactivation_id " + seat.activation_id.text() + "\nlicense_id " + seat.license_id +
                       "\nproduct " + seat.product + "\nlease_ends " + std::to_string(seat.lease_ends.us) +
                       "\ngrace_ends " + std::to_string(seat.grace_ends.us) + "\ndevice_public_key " +
                       hex_encode(seat.device_public_key) + "\n";
    for (const auto& component : seat.components) {
        text += "component " + component.kind + "=" + hex_encode(component.digest.view()) + "\n";
    }
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: emit_activation_files FOLDER SEED\n";
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    SampleLedger ledger(std::stoull(argv[2]));
    write(folder / "root.crt", ledger.root.pem());
    for (int i = 0; i < 12; ++i) {
        ledger.grow(static_cast<std::size_t>(i) % 4);
        const SequenceNumber seat = ledger.append_seat();
        ledger.grow(static_cast<std::size_t>(i * 5) % 7);
        const ActivationFile file = ledger.file(seat);
        const std::string name = std::to_string(i);
        write(folder / (name + ".tlog-proof"), file.text());
        write(folder / (name + ".facts"), facts(file, verify_activation_file(file, ledger.root).value()));
    }
    return 0;
}
