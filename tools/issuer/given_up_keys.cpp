#include "tools/issuer/given_up_keys.hpp"

#include <algorithm>

#include "ledger/core/certificate.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "tools/issuer/new_file.hpp"

namespace issuer {
namespace {

namespace fs = std::filesystem;
using ledger::Result;

constexpr std::size_t pem_bytes_max = 64 * 1024;

struct Certified {
    fs::path path;
    ledger::Digest key;
    ledger::Timestamp since;
};

}  // namespace

Result<GivenUpKeys> given_up_keys(const std::string& server_id, const ledger::Digest& old_key,
                                  const ledger::Digest& new_key, const VendorFolder& folder) {
    std::vector<Certified> all;
    ACTLEDGER_TRY(const std::vector<fs::path> files, finished_files(folder.path() / "servers"));
    for (const fs::path& file : files) {
        if (file.extension() != ".crt" || !file.filename().string().starts_with(server_id + "-")) continue;
        ACTLEDGER_TRY(const std::string pem, read_file(file, pem_bytes_max));
        const auto certificate = ledger::Certificate::from_pem(pem);
        if (!certificate) return kept_file_damaged(file, certificate.error());
        const ledger::Digest key = ledger::default_suite().hash(certificate->spki());
        if (key != old_key && key != new_key) all.push_back({file, key, certificate->not_before()});
    }
    std::ranges::stable_sort(all, std::ranges::greater(), &Certified::since);
    GivenUpKeys given_up;
    for (Certified& one : all) {
        if (given_up.keys.size() < ledger::given_up_keys_max) {
            given_up.keys.push_back(one.key);
        } else {
            given_up.left_out.push_back(std::move(one.path));
        }
    }
    std::ranges::sort(given_up.keys);
    return given_up;
}

}  // namespace issuer
