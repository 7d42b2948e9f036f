#include "cli/package_records.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cli/compressed_file.h"
#include "ringback/base/error.h"

namespace ringback::cli {
namespace {

using namespace std::string_literals;

TEST(PackageRecords, keeps_each_paragraph_word_for_word) {
  const auto records = PackageRecords::parse(
      "Package: adduser\nVersion: 3.134\nDescription: add and remove users\n This goes on.\n .\n And on.\n"
      "\n"
      "Package: apt\nVersion: 2.6.1\n");
  EXPECT_EQ(records.size(), 2U);
  EXPECT_EQ(records.rejected(), 0U);
  ASSERT_NE(records.find("adduser"), nullptr);
  EXPECT_EQ(*records.find("adduser"),
            "Package: adduser\nVersion: 3.134\nDescription: add and remove users\n This goes on.\n .\n And on.\n");
  EXPECT_EQ(*records.find("apt"), "Package: apt\nVersion: 2.6.1\n");
  EXPECT_EQ(records.find("nothing"), nullptr);
}

TEST(PackageRecords, reads_a_last_paragraph_without_a_newline_and_any_number_of_blank_lines) {
  const auto records = PackageRecords::parse("\n\n \nPackage: a1\n\n\t\n\nPackage: b2");
  EXPECT_EQ(records.size(), 2U);
  EXPECT_EQ(*records.find("b2"), "Package: b2\n");
}

TEST(PackageRecords, keeps_the_first_of_several_with_one_name) {
  const auto records =
      PackageRecords::parse("Package: libc6\nArchitecture: amd64\n\nPackage: libc6\nArchitecture: i386\n");
  EXPECT_EQ(records.size(), 1U);
  EXPECT_EQ(*records.find("libc6"), "Package: libc6\nArchitecture: amd64\n");
}

TEST(PackageRecords, rejects_what_is_no_record_and_goes_on_behind_it) {
  const std::vector<std::string> bad = {
      "Version: 1\n",            // no name
      "Package:\nVersion: 1\n",  // an empty one
      "Package: Bad Name\n",     // one that cannot be
      "Package: a\tb\n",         // a tab inside would break the service's line
      " begins in the middle\nPackage: a\n",
      "Package: a\nno colon here\n",
      "Package: a\nPackage: b\n",  // two
      "Package: a\nOdd\0: 1\n"s,   // a zero byte
      ": 1\nPackage: a\n",         // a field without a name
      "\xff\xfe\x01\n",
  };
  for (const std::string& paragraph : bad) {
    const auto records = PackageRecords::parse(paragraph + "\nPackage: good\n");
    EXPECT_EQ(records.size(), 1U) << paragraph;
    EXPECT_EQ(records.rejected(), 1U) << paragraph;
    EXPECT_NE(records.find("good"), nullptr) << paragraph;
  }
}

TEST(PackageRecords, holds_nothing_of_an_empty_text) {
  EXPECT_EQ(PackageRecords::parse("").size(), 0U);
  EXPECT_EQ(PackageRecords::parse("\n\n\n").rejected(), 0U);
  EXPECT_TRUE(PackageRecords::parse("").spread(3).empty());
}

TEST(PackageRecords, spreads_names_over_all_records_the_same_way_each_time) {
  std::string text;
  for (int number = 100; number < 200; ++number) text += "Package: p" + std::to_string(number) + "\n\n";
  const auto records = PackageRecords::parse(text);
  EXPECT_EQ(records.spread(4), (std::vector<std::string>{"p100", "p125", "p150", "p175"}));
  EXPECT_EQ(records.spread(250).size(), 250U);
  EXPECT_EQ(records.spread(250)[101], "p101");
}

TEST(PackageRecords, gives_a_field_with_the_lines_that_go_on_with_it) {
  const std::string_view record =
      "Package: a\nDescription-md5: 0123\nDescription: what it is\n In more\n  words.\n .\n The end.\nTag: b\n c\n";
  EXPECT_EQ(field_of(record, "Package"), "a");
  EXPECT_EQ(field_of(record, "Description"), "what it is\nIn more\nwords.\n\nThe end.");
  EXPECT_EQ(field_of(record, "Tag"), "b\nc");
  EXPECT_EQ(field_of(record, "Desc"), "");
  EXPECT_EQ(field_of("", "Package"), "");
}

TEST(PackageRecords, of_this_machine_are_found_whatever_their_compression) {
  const auto files = package_record_files();
  ASSERT_FALSE(files.empty()) << "not even dpkg's status";
  EXPECT_GT(PackageRecords::load(files).size(), 50U);
}

TEST(CompressedFile, is_read_as_what_was_compressed) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "compressed_file_test.gz";
  {
    // Stored, not squeezed: 18 bytes of gzip around "Package: a\n" (RFC 1952).
    constexpr char kGzip[] =
        "\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x0b\0\xf4\xff"
        "Package: a\n"
        "\x59\x6f\x79\x97\x0b\0\0";
    std::ofstream(file, std::ios::binary).write(kGzip, sizeof kGzip);
  }
  EXPECT_TRUE(is_compressed(file));
  EXPECT_FALSE(is_compressed("/var/lib/dpkg/status"));
  EXPECT_EQ(read_compressed(file), "Package: a\n");
  std::fstream(file, std::ios::binary | std::ios::in | std::ios::out).seekp(11).write("\xff", 1);
  EXPECT_THROW(read_compressed(file), Error) << "damaged";
  std::filesystem::remove(file);
  try {
    read_compressed(file);
    FAIL() << "a file that does not exist was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
  }
}

TEST(PackageRecords, names_the_file_that_cannot_be_read) {
  try {
    PackageRecords::load({"/nonexistent/status"});
    FAIL() << "a file that does not exist was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_EQ(error.peer(), "/nonexistent/status");
  }
}

}  // namespace
}  // namespace ringback::cli
