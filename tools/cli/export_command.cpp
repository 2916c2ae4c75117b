#include <boost/json/serialize.hpp>
#include <cinttypes>
#include <cstdio>

#include "snapshot/event_table.hpp"
#include "snapshot/export_writer.hpp"
#include "tools/cli/interruption.hpp"
#include "tools/cli/invocation.hpp"

namespace cli {
namespace {

struct Options {
    std::filesystem::path folder;
    bool without_personal_data = false;
    std::string format = "tiles";
};

/// A bar with a title, made when the work turns out to be long.
class Bar {
 public:
    explicit Bar(const Invocation& run) : chinese_(run.language() == ledger::Language::chinese) {}
    void operator()(std::uint64_t done, std::uint64_t total) {
        if (!bar_) bar_.emplace(chinese_ ? "导出" : "exporting", total);
        bar_->advance_to(done);
    }
    void end() { bar_.reset(); }

 private:
    bool chinese_;
    std::optional<terminal::Progress> bar_;
};

void report_run(const Invocation& run, const Options& options, const snapshot::ExportRun& done) {
    if (run.json) {
        const boost::json::object report{{"folder", options.folder.string()},
                                         {"size_before", done.before.value},
                                         {"size", done.after.value},
                                         {"files", done.files},
                                         {"bytes", done.bytes},
                                         {"annex_values_erased", done.erased},
                                         {"mended", done.mended}};
        std::printf("%s\n", boost::json::serialize(report).c_str());
        return;
    }
    const bool chinese = run.language() == ledger::Language::chinese;
    const std::uint64_t added = done.after.value - done.before.value;
    std::printf(
        chinese ? "已导出 %" PRIu64 " 条事件，其中新增 %" PRIu64 " 条（%" PRIu64 " 个文件，%" PRIu64 " 字节）。\n"
                : "%" PRIu64 " events are exported, %" PRIu64 " of them new (%" PRIu64 " files, %" PRIu64 " bytes).\n",
        done.after.value, added, done.files, done.bytes);
    if (done.mended) {
        run.say("Files of the export were missing or changed: they were made again.",
                "导出中有文件缺失或被改动，已重新生成。");
    }
    if (done.erased > 0) {
        std::printf(chinese ? "已从附录中移除 %" PRIu64 " 个被删除的个人信息值。\n"
                            : "%" PRIu64 " erased personal values were taken out of the annex.\n",
                    done.erased);
    }
}

/// A table for people, in one file.
ledger::Result<void> export_table(const Invocation& run, const Options& options, const ledger::LogReader& log) {
    Bar bar(run);
    snapshot::TableOptions how;
    how.format = options.format == "csv" ? snapshot::TableFormat::csv : snapshot::TableFormat::jsonl;
    how.language = run.language();
    if (options.without_personal_data) how.personal_data = snapshot::TableOptions::PersonalData::left_out;
    how.progress = std::ref(bar);
    how.stop = [] { return Interruption::noted(); };
    const auto written = snapshot::write_table(options.folder, log, how);
    bar.end();
    if (!written) return written.error();
    if (run.json) {
        const boost::json::object report{{"file", options.folder.string()}, {"size", *written}};
        std::printf("%s\n", boost::json::serialize(report).c_str());
    } else {
        std::printf(run.language() == ledger::Language::chinese ? "已写入 %" PRIu64 " 条事件。\n"
                                                                : "%" PRIu64 " events were written.\n",
                    *written);
    }
    return {};
}

ledger::Result<void> export_ledger(const Invocation& run, const Options& options) {
    ACTLEDGER_TRY(const config::Config config, run.load_config());
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(config.ledger.folder));
    const Interruption interruption;
    if (options.format != "tiles") return export_table(run, options, *log);
    Bar bar(run);
    snapshot::ExportOptions how;
    if (options.without_personal_data) how.annex = ledger::ExportManifest::Annex::left_out;
    how.stop = [] { return Interruption::noted(); };
    how.progress = std::ref(bar);
    ACTLEDGER_TRY(const auto writer, snapshot::ExportWriter::open(options.folder, *log, std::move(how)));
    const auto done = writer->run();
    bar.end();
    if (!done) return done.error();
    report_run(run, options, *done);
    return {};
}

}  // namespace

void add_export_command(CLI::App& app, Invocation& run) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand(
        "export", "Write the ledger as standard files that anybody can verify; again: only what is new");
    command
        ->add_option("folder", options->folder,
                     "An empty folder, or that of an earlier export; with --format jsonl or csv a new file")
        ->required();
    command
        ->add_option("--format", options->format,
                     "tiles: all of it, to verify and to restore from; jsonl, csv: a table for people, one way only")
        ->check(CLI::IsMember({"tiles", "jsonl", "csv"}))
        ->capture_default_str();
    command->add_flag("--without-personal-data", options->without_personal_data,
                      "Leave the annex out: device names, addresses and operators' names");
    command->callback([&run, options] {
        if (const auto done = export_ledger(run, *options); !done) run.fail(done.error());
    });
}

}  // namespace cli
