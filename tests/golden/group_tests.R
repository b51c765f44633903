# Writes group_tests.json: R's fisher.test, chisq.test, wilcox.test and kruskal.test. Run: Rscript group_tests.R > group_tests.json
suppressMessages({library(survival); library(jsonlite)})

lung <- survival::lung
tables <- list(
  "Tiong 2021, sex by cohort" = matrix(c(2, 3, 5, 2), 2),
  "Shahswar 2025, sex (with molecular data, without)" = matrix(c(98, 76, 40, 26), 2),
  "Shahswar 2025, class (with molecular data, without)" = matrix(c(16, 57, 56, 9, 36, 2, 4, 16, 2, 42), 5),
  "FILO 2025, response in blood and marrow, the rest as one row" = matrix(c(27, 16, 14, 7, 12, 20, 5, 7), 4),
  "three by three, sparse" = matrix(c(3, 0, 1, 1, 4, 0, 0, 2, 5), 3),
  "four by three" = matrix(c(6, 1, 0, 3, 2, 5, 1, 0, 1, 2, 7, 4), 4),
  "an empty row" = matrix(c(4, 0, 1, 2, 0, 6), 3),
  "nothing differs" = matrix(c(5, 5, 5, 5), 2),
  "extreme" = matrix(c(12, 0, 0, 11), 2),
  "lung, ECOG by sex" = unclass(table(lung$ph.ecog, lung$sex)))
numbers <- list(
  "small, no ties" = list(c(1.1, 2.4, 3.3, 8.2), c(0.4, 2.5, 9.1)),
  "ties" = list(c(1, 2, 2, 3, 5), c(2, 4, 4, 6)),
  "lung, age by sex" = list(lung$age[lung$sex == 1], lung$age[lung$sex == 2]),
  "apart" = list(c(1, 2, 3, 4, 5), c(6, 7, 8, 9)),
  "Tiong 2021, age by cohort" = list(c(71, 79, 67, 59, 62), c(81, 41, 29, 52, 35, 51, 69)),
  "three groups" = list(c(1, 2, 2, 3), c(2, 4, 4, 6), c(7, 7, 1)),
  "lung, weight loss by ECOG" = unname(lapply(split(lung$wt.loss, lung$ph.ecog), function(v) v[!is.na(v)])))

drop_empty <- function(m) m[rowSums(m) > 0, colSums(m) > 0, drop = FALSE]
out <- list(
  tables = lapply(tables, function(m) {
    m <- drop_empty(unname(m))
    chi <- suppressWarnings(chisq.test(m)); plain <- suppressWarnings(chisq.test(m, correct = FALSE))
    list(counts = m, fisher = fisher.test(m, workspace = 2e7)$p.value, chi_squared = chi$p.value,
         statistic = unname(chi$statistic), chi_squared_uncorrected = plain$p.value)
  }),
  numbers = lapply(numbers, function(g) {
    test <- if (length(g) == 2) suppressWarnings(wilcox.test(g[[1]], g[[2]])) else kruskal.test(g)
    list(groups = g, p = test$p.value, statistic = unname(test$statistic))
  }))
cat(toJSON(c(list(versions = list(R = R.version.string)), out), digits = NA, auto_unbox = TRUE, pretty = FALSE), "\n")
