#include "ledger/license_file/license_archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <optional>

#include "ledger/core/errc.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_terms.hpp"

namespace ledger {
namespace {

struct FreeReader {
    void operator()(archive* reader) const { archive_read_free(reader); }
};
struct FreeWriter {
    void operator()(archive* writer) const { archive_write_free(writer); }
};
struct FreeEntry {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

constexpr std::string_view license_bin_name = "license.bin";
constexpr std::string_view info_name = "info";
constexpr std::size_t shown_name_bytes_max = 64;

Error damaged(archive* reader) {
    const char* why = archive_error_string(reader);
    return {license_file::errc::archive_damaged, why == nullptr ? "" : why};
}

/// A foreign name, fit to be shown: what is not printable ASCII becomes a question mark.
std::string shown_name(std::string_view name) {
    std::string shown(name.substr(0, shown_name_bytes_max));
    for (char& c : shown) {
        if (c < 0x20 || c > 0x7e) c = '?';
    }
    return shown;
}

Error refused(license_file::errc why, std::string_view name) { return {why, {}, {{"entry", shown_name(name)}}}; }

Result<Bytes> read_contents(archive* reader, archive_entry* entry, std::string_view name, std::size_t bytes_max) {
    if (archive_entry_is_data_encrypted(entry) != 0 || archive_entry_is_metadata_encrypted(entry) != 0) {
        return refused(license_file::errc::entry_encrypted, name);
    }
    // The size in the header is a claim: one byte more than the limit is read to find out.
    Bytes contents(bytes_max + 1);
    std::size_t length = 0;
    while (length < contents.size()) {
        const auto count = archive_read_data(reader, contents.data() + length, contents.size() - length);
        if (count < 0) return damaged(reader);
        if (count == 0) break;
        length += static_cast<std::size_t>(count);
    }
    if (length > bytes_max) {
        return Error{license_file::errc::entry_oversized,
                     {},
                     {{"entry", std::string(name)}, {"limit", std::to_string(bytes_max)}}};
    }
    contents.resize(length);
    return contents;
}

struct Found {
    std::optional<Bytes> license_bin;
    std::optional<Bytes> info;
};

Result<void> read_entry(archive* reader, archive_entry* entry, Found& found) {
    const char* utf8_name = archive_entry_pathname_utf8(entry);
    const char* raw_name = utf8_name != nullptr ? utf8_name : archive_entry_pathname(entry);
    const std::string name = raw_name == nullptr ? "?" : raw_name;
    if (name.find_first_of("/\\") != std::string::npos || archive_entry_filetype(entry) != AE_IFREG) {
        return refused(license_file::errc::entry_with_path, name);
    }
    const bool is_license_bin = name == license_bin_name;
    if (!is_license_bin && name != info_name) return refused(license_file::errc::entry_extra, name);
    std::optional<Bytes>& contents = is_license_bin ? found.license_bin : found.info;
    if (contents) return refused(license_file::errc::entry_duplicated, name);
    ACTLEDGER_TRY(contents,
                  read_contents(reader, entry, name, is_license_bin ? license_bin_bytes_max : license_terms_bytes_max));
    return {};
}

void write_entry(archive* writer, std::string_view name, const Bytes& contents) {
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    ACTLEDGER_ASSERT(entry != nullptr);
    // No time is set: the format's earliest stands there, whatever the time zone.
    archive_entry_set_pathname(entry.get(), std::string(name).c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(contents.size()));
    ACTLEDGER_ASSERT(archive_write_header(writer, entry.get()) == ARCHIVE_OK);
    ACTLEDGER_ASSERT(archive_write_data(writer, contents.data(), contents.size()) ==
                     static_cast<la_ssize_t>(contents.size()));
}

}  // namespace

Result<LicenseArchive> read_license_archive(ByteView lic) {
    if (lic.size() > license_archive_bytes_max) return Error{ledger::errc::too_large};
    const std::string_view text = as_text(lic);
    // What an archive begins with when all its entries were removed.
    if (text.starts_with("PK\x05\x06")) return refused(license_file::errc::entry_missing, license_bin_name);
    // The first entry's header: nothing may stand before it.
    if (!text.starts_with("PK\x03\x04")) return Error{license_file::errc::not_zip};

    const std::unique_ptr<archive, FreeReader> reader(archive_read_new());
    ACTLEDGER_ASSERT(reader != nullptr);
    // Only by the central directory: entries without one, or with two different headers, are not what people see.
    ACTLEDGER_ASSERT(archive_read_support_format_zip_seekable(reader.get()) == ARCHIVE_OK);
    if (archive_read_open_memory(reader.get(), lic.data(), lic.size()) != ARCHIVE_OK) return damaged(reader.get());
    Found found;
    for (;;) {
        archive_entry* entry = nullptr;
        const int outcome = archive_read_next_header(reader.get(), &entry);
        if (outcome == ARCHIVE_EOF) break;
        if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) return damaged(reader.get());
        ACTLEDGER_CHECK(read_entry(reader.get(), entry, found));
    }
    if (!found.license_bin) return refused(license_file::errc::entry_missing, license_bin_name);
    if (!found.info) return refused(license_file::errc::entry_missing, info_name);
    return LicenseArchive{*std::move(found.license_bin), *std::move(found.info)};
}

Bytes write_license_archive(const LicenseArchive& contents) {
    ACTLEDGER_ASSERT(contents.license_bin.size() <= license_bin_bytes_max);
    ACTLEDGER_ASSERT(contents.info.size() <= license_terms_bytes_max);
    Bytes out(license_bin_bytes_max + license_terms_bytes_max + 4096);
    std::size_t used = 0;
    const std::unique_ptr<archive, FreeWriter> writer(archive_write_new());
    ACTLEDGER_ASSERT(writer != nullptr);
    ACTLEDGER_ASSERT(archive_write_set_format_zip(writer.get()) == ARCHIVE_OK);
    ACTLEDGER_ASSERT(archive_write_zip_set_compression_store(writer.get()) == ARCHIVE_OK);
    ACTLEDGER_ASSERT(archive_write_set_bytes_per_block(writer.get(), 1) == ARCHIVE_OK);
    ACTLEDGER_ASSERT(archive_write_set_bytes_in_last_block(writer.get(), 1) == ARCHIVE_OK);
    ACTLEDGER_ASSERT(archive_write_open_memory(writer.get(), out.data(), out.size(), &used) == ARCHIVE_OK);
    write_entry(writer.get(), license_bin_name, contents.license_bin);
    write_entry(writer.get(), info_name, contents.info);
    ACTLEDGER_ASSERT(archive_write_close(writer.get()) == ARCHIVE_OK);
    out.resize(used);
    return out;
}

}  // namespace ledger
