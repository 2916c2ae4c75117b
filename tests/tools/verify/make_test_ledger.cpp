// make-test-ledger FOLDER ACTIVATIONS [EVENTS-A-GROUP]: a sound ledger of that many activations, and its vendor's root
// as FOLDER/root.pem, to measure `actledger verify` with.

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/support/ledger_maker.hpp"

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4) {
        std::fputs("make-test-ledger FOLDER ACTIVATIONS [EVENTS-A-GROUP]\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    const std::uint64_t activations = std::strtoull(argv[2], nullptr, 10);
    const std::uint64_t group_size = argc == 4 ? std::strtoull(argv[3], nullptr, 10) : 256;
    support::Vendor vendor;
    support::LedgerMaker maker(folder / "ledger", vendor, {.seats = 10'000'000});
    std::ofstream(folder / "root.pem") << vendor.root().pem();
    std::vector<ledger::EventDraft> group;
    for (std::uint64_t device = 0; device < activations; ++device) {
        group.push_back(maker.activation(device));
        if (group.size() < group_size && device + 1 < activations) continue;
        maker.append(group);
        group.clear();
    }
    std::printf("%llu events of %zu bytes in %s\n", static_cast<unsigned long long>(maker.size()),
                maker.event_bytes({maker.size() - 1}), folder.c_str());
}
