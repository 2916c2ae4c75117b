// A backup of secrets: the text inside, and the file around it. What is taken is spelt as we spell it.
#include "tests/fuzz/edited.hpp"
#include "tools/cli/secrets_file.hpp"

namespace {

const std::string good = cli::Secrets{std::string(32, 'a'),
                                      {1'767'225'600'000'000},
                                      {{cli::SecretRole::hsm_pin, "1234"}, {cli::SecretRole::tls_key, "key"}},
                                      {{{1}, ledger::Digest{{7}}, "floor 3", {}},
                                       {{2}, ledger::Digest{{8}}, "floor 4", {1'798'761'600'000'000}}},
                                      {{{1}, ledger::Digest{{9}}, "auditor", {}}}}
                             .text();

void check(std::string_view text) {
    const auto secrets = cli::Secrets::parse(text);
    if (secrets) ACTLEDGER_ASSERT(secrets->text() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({reinterpret_cast<const char*>(data), size});
    const auto edited = fuzz::edited({good.begin(), good.end()}, {data, size});
    check({reinterpret_cast<const char*>(edited.data()), edited.size()});
    // Random bytes never get as far as stretching the passphrase.
    (void)cli::open_secrets({data, size}, "passphrase");
    return 0;
}
