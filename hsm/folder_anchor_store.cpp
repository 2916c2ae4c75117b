#include "hsm/folder_anchor_store.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "hsm/durable_file.hpp"
#include "hsm/errc.hpp"
#include "hsm/object_limits.hpp"
#include "ledger/core/checkpoint.hpp"

namespace hsm {
namespace {

using ledger::Bytes;
using ledger::ByteView;
using ledger::Error;
using ledger::Result;

constexpr std::string_view name_start = "anchor-";
constexpr std::string_view name_end = ".note";
constexpr std::size_t files_max = 64;

struct AnchorFile {
    std::filesystem::path path;
    std::uint64_t number;
};

/// The number in "anchor-<n>.note"; nothing for other names.
std::optional<std::uint64_t> number_of(const std::string& name) {
    if (!name.starts_with(name_start) || !name.ends_with(name_end)) return std::nullopt;
    if (name.size() <= name_start.size() + name_end.size()) return std::nullopt;
    const char* const begin = name.data() + name_start.size();
    const char* const end = name.data() + name.size() - name_end.size();
    std::uint64_t number = 0;
    const auto [stopped, failure] = std::from_chars(begin, end, number);
    if (failure != std::errc() || stopped != end) return std::nullopt;
    return number;
}

Error failed(const std::filesystem::path& folder, const std::error_code& failure) {
    return {errc::anchor_folder_failed, failure.message(), {{"folder", folder.string()}}};
}

/// Ascending by number.
Result<std::vector<AnchorFile>> list(const std::filesystem::path& folder) {
    std::error_code failure;
    std::vector<AnchorFile> files;
    std::filesystem::directory_iterator entries(folder, failure);
    for (; !failure && entries != std::filesystem::directory_iterator(); entries.increment(failure)) {
        if (const auto number = number_of(entries->path().filename().string()))
            files.push_back({entries->path(), *number});
        if (files.size() > files_max) return failed(folder, std::make_error_code(std::errc::too_many_files_open));
    }
    if (failure) return failed(folder, failure);
    std::ranges::sort(files, {}, &AnchorFile::number);
    return files;
}

/// @return errc::anchor_folder_failed, anchor_too_large
Result<Bytes> read_note(const std::filesystem::path& folder, const AnchorFile& file) {
    std::error_code failure;
    auto note = read_file(file.path, object_bytes_max, failure);
    if (failure == std::errc::file_too_large) return too_large_object(object_bytes_max + 1);
    if (!note) return failed(folder, failure);
    return *std::move(note);
}

}  // namespace

Result<std::unique_ptr<FolderAnchorStore>> FolderAnchorStore::open(std::filesystem::path folder) {
    std::error_code failure;
    if (std::filesystem::create_directory(folder, failure)) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failure);
    }
    if (failure) return failed(folder, failure);
    std::unique_ptr<FolderAnchorStore> store(new FolderAnchorStore(std::move(folder)));
    ACTLEDGER_CHECK(store->read());
    return store;
}

Result<std::vector<Bytes>> FolderAnchorStore::read() {
    const std::lock_guard lock(mutex_);
    ACTLEDGER_TRY(const auto files, list(folder_));
    std::vector<Bytes> notes;
    std::vector<std::string> servers;
    for (const AnchorFile& file : files) {
        ACTLEDGER_TRY(Bytes note, read_note(folder_, file));
        servers.push_back(server_named_by(note));
        notes.push_back(std::move(note));
    }
    remember(std::move(servers));
    return notes;
}

Result<void> FolderAnchorStore::replace(ByteView note) {
    if (note.size() > object_bytes_max) return too_large_object(note.size());
    const std::lock_guard lock(mutex_);
    ACTLEDGER_TRY(const auto files, list(folder_));
    const std::string server = server_named_by(note);
    std::vector<std::string> servers{server};
    std::vector<std::filesystem::path> replaced;
    for (const AnchorFile& file : files) {
        ACTLEDGER_TRY(const Bytes other, read_note(folder_, file));
        std::string named = server_named_by(other);
        if (named.empty() || named == server) {
            replaced.push_back(file.path);
        } else {
            servers.push_back(std::move(named));
        }
    }
    const std::uint64_t number = files.empty() ? 1 : files.back().number + 1;
    const auto path = folder_ / (std::string(name_start) + std::to_string(number) + std::string(name_end));
    if (const auto failure = write_file_durably(path, note)) return failed(folder_, failure);
    for (const std::filesystem::path& file : replaced) {
        std::error_code failure;
        std::filesystem::remove(file, failure);
        if (failure) return failed(folder_, failure);
    }
    remember(std::move(servers));
    return {};
}

std::vector<std::string> FolderAnchorStore::servers() const {
    const std::lock_guard lock(servers_mutex_);
    return servers_;
}

void FolderAnchorStore::remember(std::vector<std::string> servers) {
    std::erase(servers, std::string());
    std::ranges::sort(servers);
    servers.erase(std::unique(servers.begin(), servers.end()), servers.end());
    const std::lock_guard lock(servers_mutex_);
    servers_ = std::move(servers);
}

std::string server_named_by(ByteView note) {
    constexpr std::string_view first_line_start = "actledger-anchor/";
    constexpr std::string_view origin_start = "origin ";
    std::string_view text = ledger::as_text(note);
    if (!text.starts_with(first_line_start)) return {};
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    if (!text.starts_with(origin_start)) return {};
    text.remove_prefix(origin_start.size());
    const auto origin = ledger::Origin::parse(text.substr(0, text.find('\n')));
    return origin ? origin->server_id : std::string();
}

}  // namespace hsm
