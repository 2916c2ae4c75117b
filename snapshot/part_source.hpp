#pragma once
// snapshot/part_source.hpp: a ledger's history in parts of 256 events, wherever it lies: in an export, or in the log
// that was made from it. So that both can be judged by the same code.

#include "ledger/store_read/export_folder.hpp"

namespace snapshot {

/// Usable from several threads. What it reads from outlives it.
class PartSource {
 public:
    virtual ~PartSource() = default;
    [[nodiscard]] virtual ledger::TreeSize size() const = 0;
    /// What ExportFolder::read_part does. @return errors of the source
    [[nodiscard]] virtual ledger::Result<void> read_part(std::uint64_t index, ledger::ExportPart& part) const = 0;
    [[nodiscard]] virtual ledger::Result<std::vector<ledger::Digest>> read_hashes(unsigned level, std::uint64_t index,
                                                                                  std::size_t width) const = 0;
    /// Whose fault it is: the folder that errors name.
    [[nodiscard]] virtual std::string name() const = 0;
};

class ExportSource final : public PartSource {
 public:
    explicit ExportSource(const ledger::ExportFolder& folder) : folder_(folder) {}
    [[nodiscard]] ledger::TreeSize size() const override { return folder_.newest_head().size; }
    [[nodiscard]] ledger::Result<void> read_part(std::uint64_t index, ledger::ExportPart& part) const override {
        return folder_.read_part(index, part);
    }
    [[nodiscard]] ledger::Result<std::vector<ledger::Digest>> read_hashes(unsigned level, std::uint64_t index,
                                                                          std::size_t width) const override {
        return folder_.read_hashes(level, index * ledger::tile_width, width);
    }
    [[nodiscard]] std::string name() const override { return folder_.folder().string(); }

 private:
    const ledger::ExportFolder& folder_;
};

class LogSource final : public PartSource {
 public:
    /// @param size  that of a released head.
    LogSource(const ledger::LogReader& log, ledger::TreeSize size) : log_(log), size_(size) {}
    [[nodiscard]] ledger::TreeSize size() const override { return size_; }
    [[nodiscard]] ledger::Result<void> read_part(std::uint64_t index, ledger::ExportPart& part) const override;
    [[nodiscard]] ledger::Result<std::vector<ledger::Digest>> read_hashes(unsigned level, std::uint64_t index,
                                                                          std::size_t width) const override;
    [[nodiscard]] std::string name() const override { return log_.name(); }

 private:
    const ledger::LogReader& log_;
    ledger::TreeSize size_;
};

}  // namespace snapshot
