#include "ledger/core/export_manifest.hpp"

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

constexpr std::string_view format_name = "actledger-export/";
constexpr std::string_view format_version = "1";

Error malformed(const char* what) { return {errc::malformed_export_manifest, what}; }

/// Takes a line "name value" off the front. @return its value; empty if it is another line
std::string_view take_line(std::string_view& text, std::string_view start) {
    const auto end = text.find('\n');
    if (end == text.npos || !text.starts_with(start)) return {};
    const std::string_view value = text.substr(start.size(), end - start.size());
    text.remove_prefix(end + 1);
    return value;
}

/// @return nullptr for one that this program does not know
const Suite* suite_named(std::string_view name) {
    const Suite& only = default_suite();
    return only.name() == name ? &only : nullptr;
}

}  // namespace

std::string ExportManifest::text() const {
    const Suite* const known = find_suite(suite);
    ACTLEDGER_ASSERT(known != nullptr && is_server_id(server_id));
    std::string text(format_name);
    text += format_version;
    text += "\nsuite ";
    text += known->name();
    text += "\nserver " + server_id;
    text += "\ngenesis " + base64_encode(genesis.view());
    text += annex == Annex::kept ? "\nannex kept\n" : "\nannex left-out\n";
    return text;
}

Result<ExportManifest> ExportManifest::parse(std::string_view text) {
    if (text.size() > export_manifest_bytes_max) return malformed("too long");
    const std::string_view version = take_line(text, format_name);
    if (version.empty()) return malformed("not an export's first line");
    if (version != format_version) {
        if (!decimal_decode(version)) return malformed("version");
        return Error{errc::export_format_unknown, "version " + std::string(version)};
    }
    const std::string_view suite_name = take_line(text, "suite ");
    if (suite_name.empty()) return malformed("suite");
    const Suite* const named = suite_named(suite_name);
    if (named == nullptr) return Error{errc::export_format_unknown, "suite"};
    ExportManifest manifest;
    manifest.suite = named->id();
    manifest.server_id = take_line(text, "server ");
    if (!is_server_id(manifest.server_id)) return malformed("server id");
    const auto genesis = base64_decode(take_line(text, "genesis "));
    if (!genesis || genesis->size() != Digest::size_bytes) return malformed("genesis");
    manifest.genesis = Digest::from(*genesis);
    const std::string_view annex = take_line(text, "annex ");
    if (annex != "kept" && annex != "left-out") return malformed("annex");
    manifest.annex = annex == "kept" ? Annex::kept : Annex::left_out;
    if (!text.empty()) return malformed("more lines");
    return manifest;
}

}  // namespace ledger
