#include "tools/issuer/successors.hpp"

#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "ledger/license_file/rotation_request.hpp"
#include "tools/issuer/new_file.hpp"

namespace issuer {
namespace {

namespace fs = std::filesystem;
using ledger::Result;

bool differs(const Succession& meant, const Succession& found) {
    return meant.server_id == found.server_id && meant.old_key == found.old_key && meant.next != found.next;
}

struct Part {
    const char* name;    ///< Of the folder.
    const char* ending;  ///< Of its files; others are nobody's.
    std::size_t bytes_max;
};

/// The first file of `part` whose succession is another one for the same key. @param read  Succession, or why not
template <class Read>
Result<std::optional<fs::path>> find_other(const VendorFolder& folder, const Part& part, const Succession& meant,
                                           const Read& read) {
    ACTLEDGER_TRY(const std::vector<fs::path> files, finished_files(folder.path() / part.name));
    for (const fs::path& file : files) {
        if (file.extension() != part.ending) continue;
        ACTLEDGER_TRY(const std::string bytes, read_file(file, part.bytes_max));
        const Result<Succession> found = read(bytes);
        if (!found) return kept_file_damaged(file, found.error());
        if (differs(meant, *found)) return std::optional(file);
    }
    return std::optional<fs::path>();
}

}  // namespace

Result<std::optional<fs::path>> find_other_reendorsement(const VendorFolder& folder, const Succession& meant) {
    ACTLEDGER_TRY(const ledger::Certificate root, folder.root());
    const auto read = [&](const std::string& bytes) -> Result<Succession> {
        ACTLEDGER_TRY(const auto file, ledger::verify_reendorsement(ledger::as_bytes(bytes), root));
        return Succession{file.reendorsement.server_id, file.reendorsement.old_key,
                          ledger::default_suite().hash(file.new_key.spki())};
    };
    return find_other(folder, {"reendorsements", ".ree", ledger::reendorsement_bytes_max}, meant, read);
}

Result<std::optional<fs::path>> find_other_rotation(const VendorFolder& folder, const Succession& meant) {
    const auto read = [](const std::string& bytes) -> Result<Succession> {
        ACTLEDGER_TRY(const auto request, ledger::verify_rotation_request(bytes));
        const ledger::KeyHandOver& stated = request.hand_over.hand_over;
        return Succession{request.server_id, stated.key, stated.next};
    };
    return find_other(folder, {"rotations", ".req", ledger::rotation_request_bytes_max}, meant, read);
}

}  // namespace issuer
