#include "core/shape_letters.h"

#include <gtest/gtest.h>

#include "core/errors.h"

namespace retort {

TEST(ShapeLetters, LettersBindFromCallToCall) {
  ShapeLetters letters;
  EXPECT_TRUE(letters.hold("[B,C]", {4, 10}).fits);
  EXPECT_TRUE(letters.hold("[B]", {4}).fits);
  const auto answer = letters.hold("[B,C]", {4, 9});
  EXPECT_FALSE(answer.fits);
  EXPECT_EQ(answer.bound, "C = 10");
  EXPECT_FALSE(letters.hold("[B,D]", {3, 4}).fits);
}

TEST(ShapeLetters, NumbersAndRanks) {
  ShapeLetters letters;
  EXPECT_TRUE(letters.hold("[]", {}).fits);
  EXPECT_FALSE(letters.hold("[]", {1}).fits);
  EXPECT_TRUE(letters.hold("[N,3]", {7, 3}).fits);
  EXPECT_FALSE(letters.hold("[N,3]", {7, 4}).fits);
  EXPECT_FALSE(letters.hold("[N,3]", {7}).fits);
  EXPECT_THROW(letters.hold("N,3", {7, 3}), Fault);
  EXPECT_THROW(letters.hold("", {7, 3}), Fault);
}

TEST(ShapeLetters, DotsStandForAnyFurtherDimensions) {
  ShapeLetters letters;
  EXPECT_TRUE(letters.hold("[B,...]", {4}).fits);
  EXPECT_TRUE(letters.hold("[B,...]", {4, 5, 6}).fits);
  EXPECT_TRUE(letters.hold("[...,C]", {9, 9, 2}).fits);
  EXPECT_FALSE(letters.hold("[...,C]", {9, 3}).fits);
  EXPECT_FALSE(letters.hold("[B,...]", {}).fits);
  EXPECT_TRUE(letters.hold("[...]", {}).fits);
}

}  // namespace retort
