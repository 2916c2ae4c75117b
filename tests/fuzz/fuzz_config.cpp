// The server's configuration: taken, or refused with the file and, but for a missing key, the line.
#include <algorithm>

#include "tests/fuzz/edited.hpp"
#include "tools/config/config.hpp"
#include "tools/config/errc.hpp"

namespace {

constexpr std::string_view good =
    "[ledger]\nfolder = \"ledger\"\n[hsm]\nuri = \"pkcs11:token=a\"\ndeadline_ms = 2000\n[http]\nlisten = "
    "[\"127.0.0.1:0\"]\n"
    "threads = 2\n[log]\nlevel = \"info\"\n[time]\nstop_bound_days = 30\n[limits]\nqueue_max = 10\n";

bool has(const ledger::Error& error, std::string_view name) {
    return std::ranges::any_of(error.facts, [&](const ledger::Fact& fact) { return fact.name == name; });
}

void check(std::string_view text) {
    const auto config = config::parse(text, "/etc/actledger/actledgerd.toml");
    if (config) {
        ACTLEDGER_ASSERT(!config->ledger.folder.empty() && config->ledger.folder.is_absolute());
    } else {
        ACTLEDGER_ASSERT(has(config.error(), "file"));
        ACTLEDGER_ASSERT(config.error().code == config::errc::missing_key || has(config.error(), "line"));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({reinterpret_cast<const char*>(data), size});
    const auto edited = fuzz::edited({good.begin(), good.end()}, {data, size});
    check({reinterpret_cast<const char*>(edited.data()), edited.size()});
    return 0;
}
